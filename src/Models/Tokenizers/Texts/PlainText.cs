using System.Text.Unicode;

namespace ModelPack.Models.Tokenizers.Texts;

/// <summary>Reads a plain file whole.</summary>
internal static class PlainText
{
    private const long MaxBytes = 512 << 20;

    /// <summary>Reads it; a byte order mark is text like any other, as it is to llama.cpp.</summary>
    public static TextDocument Read(string path)
    {
        byte[] bytes = ReadBytes(path);
        string text = Decode(path, bytes);
        return new TextDocument(path, text.EndsWith('\n') ? text[..^1] : text, IsConversation: false);
    }

    /// <summary>Text of bytes that must be UTF-8.</summary>
    public static string Decode(string place, ReadOnlySpan<byte> bytes)
    {
        int bad = Utf8.IsValid(bytes) ? -1 : FirstBad(bytes);
        return bad < 0 ? System.Text.Encoding.UTF8.GetString(bytes) : throw TextFaults.BadUtf8(place, bad);
    }

    private static byte[] ReadBytes(string path)
    {
        try
        {
            if (!InputFile.HasContent(path))
            {
                throw TextFaults.Empty(path);
            }

            using FileStream stream = File.OpenRead(path);
            if (stream.Length > MaxBytes)
            {
                throw TextFaults.TooLong(path, stream.Length, MaxBytes);
            }

            byte[] bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw TextFaults.Unreadable(path, error);
        }
    }

    private static int FirstBad(ReadOnlySpan<byte> bytes)
    {
        int at = 0;
        while (at < bytes.Length && System.Text.Rune.DecodeFromUtf8(bytes[at..], out _, out int used) == System.Buffers.OperationStatus.Done)
        {
            at += used;
        }

        return at;
    }
}
