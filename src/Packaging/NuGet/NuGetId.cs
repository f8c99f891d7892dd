using System.Globalization;
using ModelPack.Packaging.Oci;

namespace ModelPack.Packaging.NuGet;

/// <summary>The id of a model's package, NAME or NAME.VARIANT, and what follows from it.</summary>
/// <remarks>The variant is in the id, for a feed drops the build metadata of a version (NuGet.Packaging: PackageIdValidator).</remarks>
public sealed class NuGetId
{
    /// <summary>Characters of any id.</summary>
    public const int Longest = 100;

    /// <summary>Parts of a model.</summary>
    public const int MaxParts = 999;

    private const string PartMark = ".Part";

    private NuGetId(string text) => Text = text;

    /// <summary>The id itself.</summary>
    public string Text { get; }

    /// <summary>A name that MSBuild's properties and targets can have and no other id shares.</summary>
    internal string Key => string.Concat(Text.Select(static c => char.IsAsciiLetterOrDigit(c) ? c : '_'))
        + "_" + Digest.Of(System.Text.Encoding.ASCII.GetBytes(Text.ToLowerInvariant())).Hex[..8];

    /// <param name="name">Name of the model.</param>
    /// <param name="variant">Label of the variant; null for none.</param>
    /// <exception cref="InvalidPackageException">NuGet allows no such id, or it is that of a part.</exception>
    public static NuGetId Of(string name, string? variant)
    {
        string id = variant is null ? name : $"{name}.{variant}";
        string? fault = Fault(id);
        return fault is null ? new(id) : throw NuGetFaults.BadId(id, fault);
    }

    /// <summary>The id of a part.</summary>
    /// <param name="part">From 1.</param>
    public string Part(int part) => Text + PartMark + part.ToString("D3", CultureInfo.InvariantCulture);

    /// <summary>Whether an id is one that <see cref="Part"/> gives.</summary>
    internal static bool IsPart(string id)
    {
        int mark = id.LastIndexOf(PartMark, StringComparison.OrdinalIgnoreCase);
        return mark > 0 && id.Length == mark + PartMark.Length + 3 && id[^3..].All(char.IsAsciiDigit);
    }

    /// <summary>What is wrong with an id; null for nothing.</summary>
    internal static string? Fault(string id) =>
        id.Length is 0 or > Longest ? $"{id.Length} characters; expected 1 to {Longest}"
        : id.Length + PartMark.Length + 3 > Longest ? $"{id.Length} characters; expected {Longest - PartMark.Length - 3} at most, for parts add '{PartMark}001'"
        : !id.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-') ? "expected letters, digits, '_', '.' and '-'"
        : id.Split('.', '-').Any(static word => word.Length == 0) ? "starts or ends with '.' or '-', or has two in a row"
        : IsPart(id) ? $"ends as the id of a part ('{PartMark}001')"
        : null;
}
