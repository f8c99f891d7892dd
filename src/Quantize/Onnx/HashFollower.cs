using System.Security.Cryptography;
using ModelPack.Models;

namespace ModelPack.Quantize.Onnx;

/// <summary>Hashes the data files of a run while they are written, as far as all weights from the first on are complete.</summary>
/// <param name="plan">What is run.</param>
/// <param name="folder">Where its data files are.</param>
/// <remarks>What was just written is still in the system's cache, and a processor that waits for the disk has time.</remarks>
internal sealed class HashFollower(OnnxPlan plan, string folder)
{
    private const int BufferBytes = 1 << 20;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly List<OnnxManifestFile> _files = [];

    /// <summary>Every data file, once the run is over.</summary>
    public IReadOnlyList<OnnxManifestFile> Files => _files;

    /// <summary>Follows a run to its end.</summary>
    /// <param name="completeWeights">Number of weights, from the first on, that are complete.</param>
    /// <param name="cancel">Stops at once.</param>
    /// <exception cref="ModelPackException">A file cannot be read.</exception>
    public async Task RunAsync(Func<int> completeWeights, CancellationToken cancel)
    {
        byte[] buffer = new byte[BufferBytes];
        for (int file = 0; file < plan.DataFiles.Count; file++)
        {
            string path = Path.Combine(folder, plan.DataFiles[file].Name);
            try
            {
                _files.Add(await HashAsync(file, path, buffer, completeWeights, cancel).ConfigureAwait(false));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new ModelPackException($"{path}: cannot be read: {e.Message.TrimEnd('.')}", e);
            }
        }
    }

    private async Task<OnnxManifestFile> HashAsync(
        int file, string path, byte[] buffer, Func<int> completeWeights, CancellationToken cancel)
    {
        (string name, long bytes) = plan.DataFiles[file];
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        for (long done = 0; done < bytes;)
        {
            long safe = SafeBytes(file, completeWeights());
            if (safe == done)
            {
                await Task.Delay(Pause, cancel).ConfigureAwait(false);
            }

            while (done < safe)
            {
                cancel.ThrowIfCancellationRequested();
                int wanted = (int)Math.Min(buffer.Length, safe - done);
                await stream.ReadExactlyAsync(buffer.AsMemory(0, wanted), cancel).ConfigureAwait(false);
                hash.AppendData(buffer, 0, wanted);
                done += wanted;
            }
        }

        return new(name, bytes, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    /// <summary>Bytes from the start of a file that no weight will change any more.</summary>
    private long SafeBytes(int file, int completeWeights)
    {
        if (completeWeights == plan.Weights.Count)
        {
            return plan.DataFiles[file].Bytes;
        }

        OnnxPlace next = plan.Weights[completeWeights].Places[0];
        return next.File > file ? plan.DataFiles[file].Bytes : next.File < file ? 0 : next.Offset;
    }
}
