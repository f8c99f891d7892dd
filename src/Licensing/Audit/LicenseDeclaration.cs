namespace ModelPack.Licensing.Audit;

/// <summary>What metadata says of a license: a claim, not a text.</summary>
/// <param name="Source">Where it stands: "README.md", "model.gguf", "config.json".</param>
/// <param name="License">As written: a hub tag, an SPDX expression, or any words; null when there is only a name.</param>
/// <param name="Name">license_name, where the tag is "other".</param>
/// <param name="Link">license_link: a file of the folder, or a URL.</param>
public sealed record LicenseDeclaration(string Source, string? License, string? Name = null, string? Link = null)
{
    /// <summary>The words that name the license: the tag, or the name where the tag says nothing.</summary>
    public string Words => License is null || DeclaredLicense.SaysNothing(License) ? Name ?? License ?? "" : License;
}
