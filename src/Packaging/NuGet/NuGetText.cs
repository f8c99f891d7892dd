using ModelPack.Models;
using ModelPack.Packaging.Packing;

namespace ModelPack.Packaging.NuGet;

/// <summary>A text that goes with every package of a model, for each of them is passed on by itself: licenses, notices, statements.</summary>
/// <param name="Path">Path in the package.</param>
/// <param name="Content">Its bytes.</param>
internal sealed record NuGetText(string Path, ReadOnlyMemory<byte> Content)
{
    private const int MaxBytes = 4 << 20;
    private const string Folder = "LICENSES/";
    private static readonly string[] Licenses = ["LICENSE", "LICENCE", "COPYING", "USE_POLICY"];
    private static readonly string[] Others = ["NOTICE", "STATEMENTS.md"];

    /// <summary>Whether it is a license, not what a license asks for.</summary>
    public bool IsLicense => Path.StartsWith(Folder, StringComparison.Ordinal) || IsNamed(Licenses);

    /// <summary>Whether a nuspec may name it as the license (NuGet: .txt, .md or no ending).</summary>
    public bool IsReadByFeeds => System.IO.Path.GetExtension(Path).ToLowerInvariant() is "" or ".txt" or ".md"
        && Path.All(static c => char.IsAsciiLetterOrDigit(c) || c is '/' or '.' or '-' or '_');

    /// <summary>The texts among a model's files.</summary>
    /// <exception cref="ModelPackException">One is too long to be a text.</exception>
    public static IReadOnlyList<NuGetText> Of(IReadOnlyList<PackageFile> files) => [.. files.Where(static f => IsOne(f.Path)).Select(Read)];

    private static bool IsOne(string path) =>
        path.StartsWith(Folder, StringComparison.Ordinal)
        || (!path.Contains('/') && !path.EndsWith(".nuspec", StringComparison.OrdinalIgnoreCase) && new NuGetText(path, default).IsNamed([.. Licenses, .. Others]));

    private static NuGetText Read(PackageFile file)
    {
        long bytes = file.Bytes;
        return bytes > MaxBytes ? throw NuGetFaults.LongText(file.Path, bytes, MaxBytes)
            : new(file.Path, file.Source is null ? file.Content : File.ReadAllBytes(file.Source));
    }

    private bool IsNamed(string[] names) => Array.Exists(names, n => Path.StartsWith(n, StringComparison.OrdinalIgnoreCase));
}
