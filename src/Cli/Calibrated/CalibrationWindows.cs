using System.Buffers.Binary;
using System.Security.Cryptography;
using ModelPack.Cli.Runs;
using ModelPack.Models;
using ModelPack.Quantize.Calibration;

namespace ModelPack.Cli.Calibrated;

/// <summary>Calibration tokens, cut into windows of one length; what is left at the end is not used.</summary>
/// <param name="Names">Names of the files, without their folders.</param>
/// <param name="Windows">Token ids.</param>
internal sealed record CalibrationWindows(IReadOnlyList<string> Names, IReadOnlyList<int[]> Windows)
{
    /// <summary>Tokens that are read to choose windows from: a larger text is as good as cut there.</summary>
    private const int MostRead = 1 << 22;

    /// <summary>The names in one line.</summary>
    public string Name => string.Join(", ", Names);

    /// <summary>Number of tokens in all windows.</summary>
    public long Tokens { get; } = Windows.Sum(static w => (long)w.Length);

    /// <summary>Of the ids as little-endian int32.</summary>
    public string Sha256 { get; } = Hash(Windows);

    /// <summary>Windows spread evenly over a text: its beginning alone would speak of one subject.</summary>
    /// <param name="text">The text.</param>
    /// <param name="tokens">Tokens that are used at most.</param>
    /// <param name="context">Tokens of a window.</param>
    /// <exception cref="ModelPackException">The text, or the number of tokens, has less than one window.</exception>
    public static CalibrationWindows Of(RunText text, int tokens, int context)
    {
        if (tokens < context)
        {
            throw new ModelPackException($"--calibration-tokens {tokens}: less than one window of {context} tokens (--context)");
        }

        using WindowSource source = text.Windows(context);
        IReadOnlyList<int[]> all = source.Next(Math.Max(tokens, MostRead) / context)!.All;
        int count = Math.Min(tokens / context, all.Count);
        return new(text.Names, [.. Enumerable.Range(0, count).Select(i => all[(int)((long)i * all.Count / count)])]);
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
