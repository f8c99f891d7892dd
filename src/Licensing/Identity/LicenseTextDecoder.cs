using System.Text;

namespace ModelPack.Licensing.Identity;

/// <summary>Turns the bytes of a file that may be a license into text; invalid bytes become U+FFFD, never an error.</summary>
public static class LicenseTextDecoder
{
    /// <summary>Bytes that are looked at; the longest license text known is a tenth of it.</summary>
    public const int MaxBytes = 2 * 1024 * 1024;

    private const int ProbeBytes = 8192;

    /// <summary>The text, or null when the bytes are no text (a NUL byte without a UTF-16 or UTF-32 mark).</summary>
    /// <param name="bytes">Content of the file; only the first <see cref="MaxBytes"/> are decoded.</param>
    public static string? Decode(ReadOnlySpan<byte> bytes)
    {
        bytes = bytes[..Math.Min(bytes.Length, MaxBytes)];
        return bytes switch
        {
            [0xEF, 0xBB, 0xBF, .. var rest] => Encoding.UTF8.GetString(rest),
            [0xFF, 0xFE, 0, 0, .. var rest] => Encoding.UTF32.GetString(rest),
            [0xFF, 0xFE, .. var rest] => Encoding.Unicode.GetString(rest),
            [0xFE, 0xFF, .. var rest] => Encoding.BigEndianUnicode.GetString(rest),
            _ when bytes[..Math.Min(bytes.Length, ProbeBytes)].Contains((byte)0) => null,
            _ => Encoding.UTF8.GetString(bytes),
        };
    }
}
