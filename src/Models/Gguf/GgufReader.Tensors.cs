namespace ModelPack.Models.Gguf;

internal sealed partial class GgufReader
{
    private List<GgufTensorInfo> ReadTensors(long count, int alignment)
    {
        List<GgufTensorInfo> tensors = [];
        HashSet<string> names = [];
        for (long i = 0; i < count; i++)
        {
            _cursor.Place = $"tensor {i}";
            string name = ReadName();
            if (!names.Add(name))
            {
                throw GgufFaults.DuplicateTensor(File, name);
            }

            _cursor.Place = name;
            tensors.Add(ReadTensor(name, alignment));
        }

        return tensors;
    }

    private string ReadName()
    {
        ulong length = _cursor.ReadUInt64();
        return length is >= 1 and <= GgufFormat.MaxNameBytesRead
            ? GgufText.Decode(_cursor.Take((int)length))
            : throw GgufFaults.BadNameLength(File, _cursor.Place, length);
    }

    private GgufTensorInfo ReadTensor(string name, int alignment)
    {
        uint rank = _cursor.ReadUInt32();
        if (rank is 0 or > GgufFormat.MaxDimensions)
        {
            throw GgufFaults.BadRank(File, name, rank);
        }

        ulong[] shape = new ulong[rank];
        for (int d = 0; d < shape.Length; d++)
        {
            shape[d] = _cursor.ReadUInt64();
        }

        uint id = _cursor.ReadUInt32();
        GgmlType type = (id <= int.MaxValue ? GgmlType.Find((int)id) : null)
            ?? throw GgufFaults.UnknownTensorType(File, name, id);
        ulong offset = _cursor.ReadUInt64();
        if (offset % (ulong)alignment != 0)
        {
            throw GgufFaults.OffsetNotAligned(File, name, offset, alignment);
        }

        // A dimension of 0 empties the tensor, yet the others must not be absurd: products of some of them are taken later.
        UInt128 most = shape.Aggregate(UInt128.One, static (n, d) => n > long.MaxValue ? n : n * Math.Max(d, 1));
        if (most > long.MaxValue)
        {
            throw GgufFaults.TensorTooLarge(File, name, shape);
        }

        GgufTensorInfo tensor = new(name, type, Array.ConvertAll(shape, static d => (long)d), 0);
        if (tensor.Shape[0] % type.BlockWeights != 0)
        {
            throw GgufFaults.RowNotDivisible(File, name, tensor.Shape[0], type);
        }

        try
        {
            _ = tensor.Bytes;
        }
        catch (OverflowException)
        {
            throw GgufFaults.TensorTooLarge(File, name, shape);
        }

        return offset <= long.MaxValue
            ? tensor with { Offset = (long)offset }
            : throw GgufFaults.OutsideFile(File, name, offset, tensor.Bytes, _length);
    }

    /// <summary>Every tensor lies in the data section, and no byte belongs to two.</summary>
    private void CheckPlacement(List<GgufTensorInfo> tensors, long dataOffset)
    {
        long dataBytes = Math.Max(0, _length - dataOffset);
        GgufTensorInfo? before = null;
        foreach (GgufTensorInfo tensor in tensors.OrderBy(static t => t.Offset).ThenBy(static t => t.Bytes))
        {
            if (tensor.Offset > dataBytes || tensor.Bytes > dataBytes - tensor.Offset)
            {
                throw GgufFaults.OutsideFile(File, tensor.Name, (ulong)tensor.Offset, tensor.Bytes, dataBytes);
            }

            if (before is not null && before.Offset + before.Bytes > tensor.Offset)
            {
                throw GgufFaults.Overlap(File, tensor.Name, before.Name);
            }

            before = tensor;
        }
    }
}
