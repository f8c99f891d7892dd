using System.Text;

namespace ModelPack.Models.Tokenizers;

/// <summary>Reads one small file of a model folder whole, never more than a limit.</summary>
internal static class TokenizerFile
{
    private static ReadOnlySpan<byte> LfsPrefix => "version https://git-lfs"u8;

    /// <summary>The bytes of the file; null when there is none.</summary>
    /// <exception cref="InvalidCheckpointException">Longer than the limit, or a Git LFS pointer.</exception>
    public static byte[]? TryRead(string folder, string name, long limit)
    {
        string path = Path.Combine(folder, name);
        if (!File.Exists(path))
        {
            return null;
        }

        if (!InputFile.HasContent(path))
        {
            return [];
        }

        using FileStream stream = File.OpenRead(path);
        if (stream.Length > limit)
        {
            throw TokenizerFaults.TooLong(name, stream.Length, limit);
        }

        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes.AsSpan().StartsWith(LfsPrefix) ? throw TokenizerFaults.LfsPointer(name) : bytes;
    }

    /// <summary>The text of a UTF-8 file with line ends as "\n", which is how Python reads it; null when there is none.</summary>
    public static string? TryReadText(string folder, string name, long limit)
    {
        byte[]? bytes = TryRead(folder, name, limit);
        if (bytes is null)
        {
            return null;
        }

        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes)
                .Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        }
        catch (DecoderFallbackException)
        {
            throw TokenizerFaults.BadText(name, "text");
        }
    }
}
