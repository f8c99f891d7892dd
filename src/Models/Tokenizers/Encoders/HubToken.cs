namespace ModelPack.Models.Tokenizers.Encoders;

/// <summary>An added token as text is searched for it.</summary>
/// <param name="Id">Token id.</param>
/// <param name="Text">As users write it.</param>
/// <param name="Special">A control token.</param>
/// <param name="Normalized">Searched for in normalized text.</param>
/// <param name="TakesLeft">Spaces before it belong to it.</param>
/// <param name="TakesRight">Spaces after it belong to it.</param>
/// <param name="WholeWord">Found only where no word character touches it.</param>
internal sealed record HubToken(int Id, string Text, bool Special, bool Normalized, bool TakesLeft, bool TakesRight, bool WholeWord);
