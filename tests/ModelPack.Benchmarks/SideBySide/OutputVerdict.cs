using System.Security.Cryptography;
using ModelPack.Tests.Support;

namespace ModelPack.Benchmarks.SideBySide;

/// <summary>Whether two programs wrote the same model.</summary>
/// <param name="Same">All tensors have the same type, shape and bytes.</param>
/// <param name="Text">What to print: "same file", or what differs.</param>
internal sealed record OutputVerdict(bool Same, string Text)
{
    private const int Shown = 4;

    /// <summary>Whole files first; where they differ, tensors decide and metadata are told.</summary>
    public static OutputVerdict Compare(string expected, string actual)
    {
        if (Sha256(expected) == Sha256(actual))
        {
            return new(true, "same file");
        }

        (GgufProbe want, GgufProbe got) = (GgufProbe.Read(expected), GgufProbe.Read(actual));
        IReadOnlyList<string> tensors = GgufProbe.TensorDifferences(want, got);
        if (tensors.Count > 0)
        {
            return new(false, "OTHER TENSORS: " + List(tensors));
        }

        IReadOnlyList<string> metadata = GgufProbe.MetadataDifferences(want, got);
        return new(true, "same tensors; " + (metadata.Count == 0 ? "other order of keys or tensors" : List(metadata)));
    }

    private static string List(IReadOnlyList<string> lines) =>
        string.Join("; ", lines.Take(Shown)) + (lines.Count > Shown ? $"; {lines.Count - Shown} more" : "");

    private static string Sha256(string path)
    {
        using FileStream file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }
}
