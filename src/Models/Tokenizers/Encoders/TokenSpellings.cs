using System.Text;

namespace ModelPack.Models.Tokenizers.Encoders;

/// <summary>The bytes that each token stands for.</summary>
/// <param name="texts">Spellings by id; null where there is no token.</param>
/// <param name="plain">Ids whose spelling is the text itself: added tokens.</param>
/// <param name="byteLevel">Whether other tokens are spelled in GPT-2's alphabet; else as sentencepiece spells them.</param>
internal sealed class TokenSpellings(IReadOnlyList<string?> texts, IReadOnlySet<int> plain, bool byteLevel)
{
    /// <summary>Number of ids.</summary>
    public int Count => texts.Count;

    /// <summary>The text of tokens; broken UTF-8 becomes U+FFFD.</summary>
    public string Decode(ReadOnlySpan<int> ids)
    {
        using MemoryStream bytes = new();
        foreach (int id in ids)
        {
            if (id < 0 || id >= texts.Count)
            {
                throw EncoderFaults.BadId(id, texts.Count);
            }

            bytes.Write(BytesOf(id));
        }

        return Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }

    private byte[] BytesOf(int id)
    {
        string text = texts[id] ?? "";
        if (plain.Contains(id))
        {
            return Encoding.UTF8.GetBytes(text);
        }

        if (byteLevel)
        {
            return ByteAlphabet.TryBytes(text) ?? Encoding.UTF8.GetBytes(text);
        }

        return text.Length == 6 && text.StartsWith("<0x", StringComparison.Ordinal) && text[5] == '>'
            && char.IsAsciiHexDigit(text[3]) && char.IsAsciiHexDigit(text[4])
            ? Convert.FromHexString(text.AsSpan(3, 2))
            : Encoding.UTF8.GetBytes(text.Replace('▁', ' '));
    }
}
