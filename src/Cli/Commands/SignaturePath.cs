using ModelPack.Packaging.Signing;

namespace ModelPack.Cli.Commands;

/// <summary>Where a signature is when nobody says.</summary>
internal static class SignaturePath
{
    /// <summary>model.sig in a folder, NAME.sig beside a file.</summary>
    public static string Of(string model) =>
        Directory.Exists(model) ? Path.Combine(model, FolderDigests.SignatureName) : $"{model}.sig";
}
