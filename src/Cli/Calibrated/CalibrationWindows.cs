using System.Buffers.Binary;
using System.Security.Cryptography;
using ModelPack.Models;

namespace ModelPack.Cli.Calibrated;

/// <summary>Calibration tokens, cut into windows of one length; what is left at the end is not used.</summary>
/// <param name="Name">Name of the text, without its folder.</param>
/// <param name="Windows">Token ids.</param>
internal sealed record CalibrationWindows(string Name, IReadOnlyList<int[]> Windows)
{
    /// <summary>Number of tokens in all windows.</summary>
    public long Tokens { get; } = Windows.Sum(static w => (long)w.Length);

    /// <summary>Of the ids as little-endian int32.</summary>
    public string Sha256 { get; } = Hash(Windows);

    /// <summary>Cuts tokens.</summary>
    /// <param name="path">The text, for its name and messages.</param>
    /// <param name="tokens">All its tokens.</param>
    /// <param name="most">Tokens that are used at most.</param>
    /// <param name="context">Tokens of a window.</param>
    /// <exception cref="ModelPackException">The text has less than one window.</exception>
    public static CalibrationWindows Cut(string path, ReadOnlySpan<int> tokens, int most, int context)
    {
        int count = Math.Min(tokens.Length, most) / context;
        if (count == 0)
        {
            throw new ModelPackException(tokens.Length < context
                ? $"{path}: {tokens.Length} tokens; expected at least one window of {context} (--context)"
                : $"--calibration-tokens {most}: less than one window of {context} tokens (--context)");
        }

        List<int[]> windows = [];
        for (int i = 0; i < count; i++)
        {
            windows.Add(tokens.Slice(i * context, context).ToArray());
        }

        return new(Path.GetFileName(Path.TrimEndingDirectorySeparator(path)), windows);
    }

    private static string Hash(IEnumerable<int[]> windows)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (int[] window in windows)
        {
            byte[] bytes = new byte[window.Length * sizeof(int)];
            for (int i = 0; i < window.Length; i++)
            {
                BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(i * sizeof(int)), window[i]);
            }

            hash.AppendData(bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
