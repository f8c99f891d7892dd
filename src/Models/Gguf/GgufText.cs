using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace ModelPack.Models.Gguf;

/// <summary>GGUF strings as .NET strings and back, without loss even where the bytes are no UTF-8.</summary>
/// <remarks>
/// A byte that is no UTF-8 becomes the lone surrogate U+DC00 + byte (U+DC80 to U+DCFF), as in Python's "surrogateescape":
/// valid UTF-8 never contains one, so writing the string gives the same bytes again.
/// </remarks>
internal static class GgufText
{
    private const int ShortString = 128;
    private const char FirstEscape = '\uDC80';
    private const char LastEscape = '\uDCFF';

    /// <summary>Reads bytes as UTF-8; bytes that are none are escaped.</summary>
    public static string Decode(ReadOnlySpan<byte> bytes)
    {
        // A vocabulary has hundreds of thousands of short strings, most of them ASCII.
        if (Ascii.IsValid(bytes))
        {
            return Encoding.Latin1.GetString(bytes);
        }

        return bytes.Length <= ShortString ? DecodeShort(bytes) : DecodeLong(bytes);
    }

    /// <summary>One pass where the bytes are UTF-8.</summary>
    private static string DecodeShort(ReadOnlySpan<byte> bytes)
    {
        Span<char> token = stackalloc char[ShortString];
        return Utf8.ToUtf16(bytes, token, out _, out int length, replaceInvalidSequences: false) == OperationStatus.Done
            ? new string(token[..length])
            : DecodeLong(bytes);
    }

    private static string DecodeLong(ReadOnlySpan<byte> bytes)
    {
        if (Utf8.IsValid(bytes))
        {
            return Encoding.UTF8.GetString(bytes);
        }

        StringBuilder text = new(bytes.Length);
        while (!bytes.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(bytes, out Rune rune, out int used) == OperationStatus.Done)
            {
                text.Append(rune);
            }
            else
            {
                // A truncated sequence is escaped byte by byte, so that "used" bytes give "used" characters.
                foreach (byte b in bytes[..used])
                {
                    text.Append((char)(0xDC00 + b));
                }
            }

            bytes = bytes[used..];
        }

        return text.ToString();
    }

    /// <summary>Gives the bytes that <see cref="Decode"/> would read as this string.</summary>
    /// <exception cref="ModelPackException">A lone surrogate stands for no byte.</exception>
    public static byte[] Encode(string text)
    {
        if (!HasSurrogate(text))
        {
            return Encoding.UTF8.GetBytes(text);
        }

        ArrayBufferWriter<byte> bytes = new(text.Length * 2);
        for (int i = 0; i < text.Length;)
        {
            if (Rune.DecodeFromUtf16(text.AsSpan(i), out Rune rune, out int used) == OperationStatus.Done)
            {
                bytes.Advance(rune.EncodeToUtf8(bytes.GetSpan(4)));
            }
            else if (text[i] is >= FirstEscape and <= LastEscape)
            {
                bytes.Write([(byte)(text[i] - 0xDC00)]);
            }
            else
            {
                throw GgufFaults.LoneSurrogate(text, i);
            }

            i += used;
        }

        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>Number of bytes of <see cref="Encode"/>.</summary>
    public static int ByteCount(string text) => HasSurrogate(text) ? Encode(text).Length : Encoding.UTF8.GetByteCount(text);

    private static bool HasSurrogate(string text) => text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') >= 0;
}
