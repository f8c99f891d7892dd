using NuGet.Versioning;
using ModelPack.Models;

namespace ModelPack.Packaging;

/// <summary>A version by SemVer 2, and the tags that it has in a registry.</summary>
public sealed class PackageVersion
{
    private const int LongestTag = 128;
    private const int LongestVariant = 64;

    private readonly SemanticVersion _version;

    private PackageVersion(SemanticVersion version) => _version = version;

    /// <summary>The order of SemVer 2, where build metadata does not count; null comes first.</summary>
    public static IComparer<PackageVersion?> Precedence { get; } =
        Comparer<PackageVersion?>.Create(static (a, b) => VersionComparer.VersionRelease.Compare(a?._version, b?._version));

    /// <summary>The tag: the version with '+', which no tag may hold, as '_'.</summary>
    public string Tag => ToString().Replace('+', '_');

    /// <summary>The channels that follow this version: latest, MAJOR and MAJOR.MINOR; a pre-release has none.</summary>
    public IReadOnlyList<string> Channels => _version.IsPrerelease ? [] : ["latest", $"{_version.Major}", $"{_version.Major}.{_version.Minor}"];

    /// <summary>Reads MAJOR.MINOR.PATCH[-PRERELEASE][+BUILD].</summary>
    /// <exception cref="ModelPackException">The text is no such version, or makes a tag of more than 128 characters.</exception>
    public static PackageVersion Parse(string text) => TryParse(text) is not { } version
        ? throw new ModelPackException($"'{text}' is no version; write MAJOR.MINOR.PATCH, such as 1.2.0 or 1.2.0-rc.1 (SemVer 2)")
        : version.Tag.Length <= LongestTag ? version
        : throw new ModelPackException($"'{text}' has {text.Length} characters; a tag has {LongestTag} at most");

    /// <summary>Reads a version; null when the text is none.</summary>
    public static PackageVersion? TryParse(string? text) => SemanticVersion.TryParse(text ?? "", out SemanticVersion? version) ? new(version) : null;

    /// <summary>The tag of a variant of this version.</summary>
    /// <param name="variant">Its label, such as "q4_k_m".</param>
    /// <exception cref="ModelPackException">The label has characters that a tag cannot hold, or the tag is too long.</exception>
    public string VariantTag(string variant)
    {
        bool good = variant.Length is > 0 and <= LongestVariant && variant.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');
        string tag = $"{Tag}-{variant}";
        return good && tag.Length <= LongestTag
            ? tag
            : throw new ModelPackException($"variant '{variant}': expected 1 to {LongestVariant} letters, digits, '.', '_' or '-', and a tag of at most {LongestTag} characters");
    }

    /// <summary>Whether a tag names one version or a variant of it for ever: it starts with MAJOR.MINOR.PATCH.</summary>
    public static bool IsRelease(string tag)
    {
        int end = tag.IndexOfAny(['-', '_']);
        string[] numbers = (end < 0 ? tag : tag[..end]).Split('.');
        return numbers.Length == 3 && numbers.All(static n => n.Length > 0 && n.All(char.IsAsciiDigit));
    }

    /// <summary>
    /// Whether a channel may stand at this version: "1" and "1.2" hold releases that start so, "latest" and "stable" any release,
    /// other names any version.
    /// </summary>
    public bool FitsChannel(string channel)
    {
        if (channel is "latest" or "stable")
        {
            return !_version.IsPrerelease;
        }

        string[] parts = channel.Split('.');
        return parts.Length > 2 || !parts.All(static p => p.Length > 0 && p.All(char.IsAsciiDigit))
            || Channels.Contains(channel);
    }

    /// <summary>Whether this comes after another by SemVer 2; build metadata does not count.</summary>
    public bool IsAbove(PackageVersion other) => Precedence.Compare(this, other) > 0;

    public override string ToString() => _version.ToFullString();
}
