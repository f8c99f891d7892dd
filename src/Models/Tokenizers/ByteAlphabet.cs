using System.Text;

namespace ModelPack.Models.Tokenizers;

/// <summary>GPT-2's alphabet: every byte is spelled as one visible character, so that tokens are text.</summary>
/// <remarks>
/// Printable Latin-1 bytes stand for themselves; the other 68, in order, for U+0100 and up (space is U+0120, "Ġ").
/// Source: bytes_to_unicode in openai/gpt-2.
/// </remarks>
internal static class ByteAlphabet
{
    private static readonly char[] Spelling = Build();

    private static readonly Dictionary<char, byte> Bytes =
        Enumerable.Range(0, 256).ToDictionary(static b => Spelling[b], static b => (byte)b);

    /// <summary>Spells bytes, one character each.</summary>
    public static string Spell(ReadOnlySpan<byte> bytes)
    {
        Span<char> text = bytes.Length <= 512 ? stackalloc char[bytes.Length] : new char[bytes.Length];
        for (int i = 0; i < bytes.Length; i++)
        {
            text[i] = Spelling[bytes[i]];
        }

        return text.ToString();
    }

    /// <summary>
    /// What Hugging Face's ByteLevel decoder makes of a text: the bytes it spells, read as UTF-8 with U+FFFD for what is
    /// none; the text itself when a character is not in the alphabet.
    /// </summary>
    public static string Decode(string text) => TryBytes(text) is { } bytes ? Encoding.UTF8.GetString(bytes) : text;

    /// <summary>The bytes that a text spells; null when a character is not in the alphabet.</summary>
    public static byte[]? TryBytes(string text)
    {
        byte[] bytes = new byte[text.Length];
        for (int i = 0; i < text.Length; i++)
        {
            if (!Bytes.TryGetValue(text[i], out bytes[i]))
            {
                return null;
            }
        }

        return bytes;
    }

    private static char[] Build()
    {
        char[] spelling = new char[256];
        int next = 0x100;
        for (int b = 0; b < 256; b++)
        {
            bool visible = b is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            spelling[b] = visible ? (char)b : (char)next++;
        }

        return spelling;
    }
}
