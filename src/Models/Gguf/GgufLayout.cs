namespace ModelPack.Models.Gguf;

/// <summary>Everything of a GGUF file but its weights: the header's bytes, and where each tensor goes.</summary>
/// <remarks>
/// The bytes are those of ggml's gguf_write_to_file: version 3, the header padded with zeros to the alignment, tensors in
/// order without gaps but for padding, which also follows the last one.
/// </remarks>
public sealed class GgufLayout
{
    private readonly byte[] _header;

    private GgufLayout(GgufMetadata metadata, IReadOnlyList<GgufTensorInfo> tensors, int alignment, byte[] header, long dataBytes) =>
        (Metadata, Tensors, Alignment, _header, TotalBytes) = (metadata, tensors, alignment, header, header.Length + dataBytes);

    /// <summary>The keys, in file order.</summary>
    public GgufMetadata Metadata { get; }

    /// <summary>Tensors in file order, each with its offset from <see cref="DataOffset"/>.</summary>
    public IReadOnlyList<GgufTensorInfo> Tensors { get; }

    /// <summary>Alignment of tensor data: the key general.alignment, else 32.</summary>
    public int Alignment { get; }

    /// <summary>First byte of the data section, which is the length of the header.</summary>
    public long DataOffset => _header.Length;

    /// <summary>Size of the file, with the padding after the last tensor.</summary>
    public long TotalBytes { get; }

    /// <summary>Lays a file out.</summary>
    /// <param name="metadata">All keys; a key general.alignment sets the alignment. Do not change it afterwards.</param>
    /// <param name="tensors">Names, types and shapes (GGUF order) in file order.</param>
    /// <exception cref="ModelPackException">
    /// A name, shape or alignment that llama.cpp would not load, or a string that is no text.
    /// </exception>
    public static GgufLayout Create(
        GgufMetadata metadata, IReadOnlyList<(string Name, GgmlType Type, IReadOnlyList<long> Shape)> tensors)
    {
        int alignment = AlignmentOf(metadata);
        HashSet<string> names = [];
        List<GgufTensorInfo> placed = [];
        long end = 0;
        foreach ((string name, GgmlType type, IReadOnlyList<long> shape) in tensors)
        {
            if (!names.Add(name))
            {
                throw GgufFaults.CannotWriteTwice(name);
            }

            GgufTensorInfo tensor = Place(name, type, shape, end);
            placed.Add(tensor);
            end = EndOf(tensor, alignment);
        }

        MemoryStream header = new();
        using GgufWriter writer = new(header);
        writer.WriteStart(placed.Count, metadata.Count);
        writer.WriteMetadata(metadata);
        placed.ForEach(writer.WriteTensor);
        header.SetLength(GgufFormat.Align(header.Length, alignment));
        return new GgufLayout(metadata, placed, alignment, header.ToArray(), end);
    }

    /// <summary>Writes the header, <see cref="DataOffset"/> bytes.</summary>
    public void WriteHeader(Stream output) => output.Write(_header);

    /// <summary>Alignment that a file with these keys has.</summary>
    internal static int AlignmentOf(GgufMetadata metadata) =>
        !metadata.TryGet(GgufFormat.AlignmentKey, out GgufValue? value) ? GgufFormat.DefaultAlignment
        : value.Value is >= 8u and <= (uint)GgufFormat.MaxAlignment and uint n && uint.IsPow2(n) ? (int)n
        : throw GgufFaults.CannotWriteAlignment(value.Value);

    private static GgufTensorInfo Place(string name, GgmlType type, IReadOnlyList<long> shape, long offset)
    {
        int bytes = GgufText.ByteCount(name);
        if (bytes is 0 or > GgufFormat.MaxNameBytes)
        {
            throw GgufFaults.CannotWriteName(name, bytes);
        }

        return shape.Count is >= 1 and <= GgufFormat.MaxDimensions
            && shape.All(static d => d > 0)
            && shape[0] % type.BlockWeights == 0
            ? new GgufTensorInfo(name, type, shape, offset)
            : throw GgufFaults.CannotWriteShape(name, shape, type);
    }

    private static long EndOf(GgufTensorInfo tensor, int alignment)
    {
        try
        {
            return checked(tensor.Offset + GgufFormat.Align(tensor.Bytes, alignment));
        }
        catch (OverflowException)
        {
            throw GgufFaults.CannotWriteShape(tensor.Name, tensor.Shape, tensor.Type);
        }
    }
}
