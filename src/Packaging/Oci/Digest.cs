using System.Security.Cryptography;

namespace ModelPack.Packaging.Oci;

/// <summary>A SHA-256 digest as OCI writes it: "sha256:" and 64 lower-case hexadecimal digits.</summary>
public readonly record struct Digest
{
    private const string Prefix = "sha256:";

    private Digest(string hex) => Hex = hex;

    /// <summary>64 lower-case hexadecimal digits.</summary>
    public string Hex { get; }

    /// <summary>The digest of these bytes.</summary>
    public static Digest Of(ReadOnlySpan<byte> bytes) => new(Convert.ToHexStringLower(SHA256.HashData(bytes)));

    /// <summary>The digest of what was hashed; the hash starts anew.</summary>
    public static Digest Of(IncrementalHash hash) => new(Convert.ToHexStringLower(hash.GetHashAndReset()));

    /// <summary>Reads "sha256:HEX"; other algorithms are not supported.</summary>
    public static bool TryParse(string? text, out Digest digest)
    {
        bool good = text is { Length: 71 } && text.StartsWith(Prefix, StringComparison.Ordinal)
            && text.Skip(Prefix.Length).All(char.IsAsciiHexDigitLower);
        digest = good ? new(text![Prefix.Length..]) : default;
        return good;
    }

    /// <summary>Reads "sha256:HEX".</summary>
    /// <exception cref="InvalidPackageException">The text is anything else.</exception>
    public static Digest Parse(string? text, string place) => TryParse(text, out Digest digest)
        ? digest
        : throw new InvalidPackageException($"{place}: digest '{text}'; expected sha256: and 64 hexadecimal digits in lower case");

    public override string ToString() => Prefix + Hex;
}
