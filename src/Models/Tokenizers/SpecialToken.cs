namespace ModelPack.Models.Tokenizers;

/// <summary>The id of a token with a role.</summary>
/// <param name="Role">What it is used for.</param>
/// <param name="Id">Token id, 0 or more.</param>
public readonly record struct SpecialToken(SpecialTokenRole Role, int Id);
