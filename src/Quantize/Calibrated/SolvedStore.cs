using System.Globalization;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using ModelPack.Models;
using ModelPack.Models.Architectures;

namespace ModelPack.Quantize.Calibrated;

/// <summary>Encoded weights on disk, a file a layer, until the output takes them: what makes a calibrated run restartable.</summary>
/// <remarks>
/// "layer-00003.rows" has the bytes and "layer-00003.json" tells where each weight is; the latter is written last, under another name
/// first, so a layer is there as a whole or not at all.
/// </remarks>
internal sealed class SolvedStore : IDisposable
{
    private readonly string _folder;
    private readonly Dictionary<TensorRole, (int Layer, SolvedEntry Weight)> _weights = [];
    private readonly Dictionary<int, SafeFileHandle> _files = [];
    private readonly List<SolvedEntry> _open = [];
    private FileStream? _writing;
    private int _layer = -1;

    /// <param name="folder">Made when it is not there.</param>
    public SolvedStore(string folder)
    {
        _folder = folder;
        Guard(() => Directory.CreateDirectory(folder));
    }

    /// <summary>Weights of all finished layers, in the order in which they were added.</summary>
    public IEnumerable<SolvedEntry> Weights => _weights.Values.Select(static w => w.Weight);

    /// <summary>Takes the finished layers before one from an earlier run, and drops all others.</summary>
    /// <exception cref="ModelPackException">A layer is missing or broken.</exception>
    public void Begin(int firstLayer)
    {
        for (int layer = 0; layer < firstLayer; layer++)
        {
            Load(layer);
        }
    }

    /// <summary>Adds a weight of the layer that is being solved.</summary>
    /// <param name="layer">Layers come in order.</param>
    /// <param name="weight">Its <see cref="SolvedEntry.Offset"/> is set here.</param>
    /// <param name="bytes">All values, all scales, all zero points.</param>
    /// <exception cref="ModelPackException">The disk is full, or fails.</exception>
    public void Add(int layer, SolvedEntry weight, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != weight.Bytes)
        {
            throw new ArgumentException($"{weight.Role}: {bytes.Length} bytes; {weight.Rows} rows have {weight.Bytes}", nameof(bytes));
        }

        try
        {
            if (_writing is null)
            {
                (_writing, _layer) = (new(RowsOf(layer), FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16), layer);
            }

            _open.Add(weight with { Offset = _writing.Position });
            _writing.Write(bytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Fault(RowsOf(layer), e);
        }
    }

    /// <summary>Makes the layer safe.</summary>
    /// <exception cref="ModelPackException">The disk is full, or fails.</exception>
    public void Finish(int layer) => Guard(() =>
    {
        if (_writing is not null && _layer == layer)
        {
            _writing.Flush(flushToDisk: true);
            _writing.Dispose();
            _writing = null;
        }

        string index = IndexOf(layer);
        using (FileStream file = new(index + ".new", FileMode.Create, FileAccess.Write))
        {
            JsonSerializer.Serialize(file, _open, SolvedJson.Default.ListSolvedEntry);
            file.Flush(flushToDisk: true);
        }

        File.Move(index + ".new", index, overwrite: true);
        _open.ForEach(w => Keep(layer, w));
        _open.Clear();
    });

    /// <summary>Whether a weight was solved.</summary>
    public SolvedEntry? Find(TensorRole role) => _weights.TryGetValue(role, out var found) ? found.Weight : null;

    /// <summary>Reads the encoded bytes of one row; safe from many threads.</summary>
    /// <exception cref="ModelPackException">The weight is not there, or its file is shorter than its index says.</exception>
    public void Read(TensorRole role, long row, Span<byte> values, Span<byte> scales, Span<byte> zeros)
    {
        (int layer, SolvedEntry weight) = _weights.TryGetValue(role, out var found)
            ? found
            : throw new ModelPackException($"{_folder}: {role} was not solved; delete the folder and start again");
        long scalesAt = weight.Offset + (weight.Rows * weight.ValueBytes);
        long zerosAt = scalesAt + (weight.Rows * weight.ScaleBytes);
        ReadAt(layer, weight.Offset + (row * weight.ValueBytes), values);
        ReadAt(layer, scalesAt + (row * weight.ScaleBytes), scales);
        ReadAt(layer, zerosAt + (row * weight.ZeroBytes), zeros);
    }

    /// <summary>Removes the folder: the output has everything.</summary>
    public void Drop()
    {
        Dispose();
        Guard(() => Directory.Delete(_folder, recursive: true));
    }

    public void Dispose()
    {
        _writing?.Dispose();
        _writing = null;
        foreach (SafeFileHandle file in _files.Values)
        {
            file.Dispose();
        }

        _files.Clear();
    }

    private void Load(int layer)
    {
        try
        {
            using FileStream file = File.OpenRead(IndexOf(layer));
            List<SolvedEntry> weights = JsonSerializer.Deserialize(file, SolvedJson.Default.ListSolvedEntry) ?? [];
            weights.ForEach(w => Keep(layer, w));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw Fault(IndexOf(layer), e);
        }
    }

    private void Keep(int layer, SolvedEntry weight)
    {
        if (!TensorRole.TryParse(weight.Role, out TensorRole role) || weight.Rows < 0 || weight.Offset < 0)
        {
            throw new ModelPackException($"{IndexOf(layer)}: {weight.Role} is no weight; delete the folder and start again");
        }

        _weights[role] = (layer, weight);
    }

    private void ReadAt(int layer, long offset, Span<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int read = RandomAccess.Read(FileOf(layer), bytes, offset);
            if (read == 0)
            {
                throw new ModelPackException($"{RowsOf(layer)}: ends before byte {offset + bytes.Length}; delete the folder and start again");
            }

            bytes = bytes[read..];
            offset += read;
        }
    }

    private SafeFileHandle FileOf(int layer)
    {
        lock (_files)
        {
            return _files.TryGetValue(layer, out SafeFileHandle? file) ? file : _files[layer] = File.OpenHandle(RowsOf(layer));
        }
    }

    private string RowsOf(int layer) => Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $"layer-{layer:D5}.rows"));

    private string IndexOf(int layer) => Path.ChangeExtension(RowsOf(layer), ".json");

    private void Guard(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Fault(_folder, e);
        }
    }

    private static ModelPackException Fault(string path, Exception e) =>
        new($"{path}: {e.Message.TrimEnd('.')}; an earlier run's state, or its disk, is not usable", e);
}
