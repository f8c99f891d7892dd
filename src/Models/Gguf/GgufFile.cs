using ModelPack.Models.Tensors;

namespace ModelPack.Models.Gguf;

/// <summary>An open GGUF model, in one file or split over several; reads are positional and safe from many threads.</summary>
public sealed class GgufFile : IDisposable
{
    private readonly IReadOnlyList<GgufPart> _parts;
    private readonly Dictionary<string, int> _partOf = [];

    private GgufFile(IReadOnlyList<GgufPart> parts)
    {
        _parts = parts;
        Files = [.. parts.Select(static p => p.Path)];
        Tensors = [.. parts.SelectMany(static p => p.Header.Tensors)];
        for (int i = 0; i < parts.Count; i++)
        {
            foreach (GgufTensorInfo tensor in parts[i].Header.Tensors)
            {
                _partOf.Add(tensor.Name, i);
            }
        }
    }

    /// <summary>Format version: 2 or 3.</summary>
    public uint Version => _parts[0].Header.Version;

    /// <summary>Metadata of the (first) file, with its "split." keys if it is a part.</summary>
    public GgufMetadata Metadata => _parts[0].Header.Metadata;

    /// <summary>All tensors, part by part in file order; an offset counts from the data section of the tensor's own part.</summary>
    public IReadOnlyList<GgufTensorInfo> Tensors { get; }

    /// <summary>Alignment of tensor data in the (first) file.</summary>
    public int Alignment => _parts[0].Header.Alignment;

    /// <summary>First byte of the data section in the (first) file.</summary>
    public long DataOffset => _parts[0].Header.DataOffset;

    /// <summary>Paths of all parts, in order.</summary>
    public IReadOnlyList<string> Files { get; }

    /// <summary>Opens a model, given its file or any part of it; all headers are read and checked, no weights are.</summary>
    /// <exception cref="InvalidCheckpointException">A file is broken, or parts are missing or contradict each other.</exception>
    /// <exception cref="UnsupportedModelException">Version 1, a big-endian file, or a tensor type that ggml does not know.</exception>
    /// <exception cref="ModelPackException">A file cannot be opened.</exception>
    public static GgufFile Open(string path) => new(GgufParts.Open(path));

    /// <summary>Opens an F32, F16 or BF16 tensor as rows of weights; the source lives as long as this file.</summary>
    /// <exception cref="UnsupportedModelException">The tensor is quantized or holds integers.</exception>
    public TensorSource OpenTensor(GgufTensorInfo tensor)
    {
        GgufPart part = PartOf(tensor);
        DType type = tensor.Type switch
        {
            _ when tensor.Type == GgmlType.F32 => DType.F32,
            _ when tensor.Type == GgmlType.F16 => DType.F16,
            _ when tensor.Type == GgmlType.BF16 => DType.BF16,
            _ => throw GgufFaults.AlreadyQuantized(part.FileName, tensor.Name, tensor.Type),
        };
        return tensor.Shape[0] <= int.MaxValue
            ? new GgufTensorSource(part, tensor, type)
            : throw GgufFaults.RowTooLong(part.FileName, tensor.Name, tensor.Shape[0]);
    }

    /// <summary>Reads stored bytes of a tensor, whatever its type.</summary>
    /// <param name="tensor">One of <see cref="Tensors"/>.</param>
    /// <param name="offset">First byte, relative to the tensor.</param>
    /// <param name="destination">Filled completely; must end inside the tensor.</param>
    /// <exception cref="ModelPackException">The file ends early or cannot be read.</exception>
    public void ReadBytes(GgufTensorInfo tensor, long offset, Span<byte> destination)
    {
        GgufPart part = PartOf(tensor);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, tensor.Bytes - destination.Length);
        part.Read(tensor.Name, tensor.Offset + offset, destination);
    }

    /// <summary>Where a tensor's bytes lie: index into <see cref="Files"/>, offset from the start of that file, length.</summary>
    public ByteRange Locate(GgufTensorInfo tensor) =>
        new(_partOf[tensor.Name], PartOf(tensor).Header.DataOffset + tensor.Offset, tensor.Bytes);

    public void Dispose()
    {
        foreach (GgufPart part in _parts)
        {
            part.Dispose();
        }
    }

    private GgufPart PartOf(GgufTensorInfo tensor) =>
        _partOf.TryGetValue(tensor.Name, out int part)
            ? _parts[part]
            : throw new ArgumentException($"The tensor '{tensor.Name}' is not of this file.", nameof(tensor));
}
