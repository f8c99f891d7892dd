using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using ModelPack.Quantize.Calibration;

namespace ModelPack.Runtime.Evaluation;

/// <summary>The scored logits of a reference for some windows, in a file that is gone when it is closed.</summary>
/// <remarks>
/// A vocabulary of 150 000 makes 150 MB of a window of 512 tokens, so that they are never all in memory. Safe to read from many threads.
/// </remarks>
internal sealed class ReferenceLogits : IDisposable
{
    private readonly TokenWindows _windows;
    private readonly int _vocabulary;
    private readonly SafeFileHandle _file;

    /// <param name="windows">The windows that are kept.</param>
    /// <param name="vocabulary">Logits of a position.</param>
    /// <param name="folder">Where the file goes.</param>
    /// <exception cref="Models.ModelPackException">There is no room for the file.</exception>
    public ReferenceLogits(TokenWindows windows, int vocabulary, string folder)
    {
        (_windows, _vocabulary) = (windows, vocabulary);
        long bytes = BytesOf(windows, windows.All.Count, vocabulary);
        try
        {
            Directory.CreateDirectory(folder);
            string path = Path.Combine(folder, $"logits-{Guid.NewGuid():N}.bin");
            _file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, FileOptions.DeleteOnClose, bytes);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw EvaluationFaults.NoSpill(folder, bytes, cause);
        }
    }

    /// <summary>Size of the logits of so many windows.</summary>
    public static long BytesOf(TokenWindows windows, int count, int vocabulary) =>
        checked((long)count * windows.Scored * vocabulary * sizeof(float));

    /// <summary>Keeps those rows that are scored.</summary>
    /// <param name="window">Index of the window.</param>
    /// <param name="firstPosition">Position of the first row.</param>
    /// <param name="logits">Rows × vocabulary.</param>
    public void Add(int window, int firstPosition, ReadOnlySpan<float> logits)
    {
        int first = Math.Max(firstPosition, _windows.FirstScored);
        int end = Math.Min(firstPosition + (logits.Length / _vocabulary), _windows.Context - 1);
        if (first < end)
        {
            ReadOnlySpan<float> kept = logits.Slice((first - firstPosition) * _vocabulary, (end - first) * _vocabulary);
            RandomAccess.Write(_file, MemoryMarshal.AsBytes(kept), Offset(window, first));
        }
    }

    /// <summary>Reads the logits of a position.</summary>
    public void Read(int window, int position, Span<float> destination)
    {
        Span<byte> bytes = MemoryMarshal.AsBytes(destination);
        long offset = Offset(window, position);
        while (!bytes.IsEmpty)
        {
            int read = RandomAccess.Read(_file, bytes, offset);
            if (read == 0)
            {
                throw new InvalidOperationException($"No logits of window {window}, position {position} were kept.");
            }

            bytes = bytes[read..];
            offset += read;
        }
    }

    public void Dispose() => _file.Dispose();

    private long Offset(int window, int position) =>
        BytesOf(_windows, window, _vocabulary) + ((long)(position - _windows.FirstScored) * _vocabulary * sizeof(float));
}
