namespace ModelPack.Models.Onnx.Reading;

/// <summary>A stored tensor while the graph that uses it is looked at.</summary>
internal sealed class OnnxInventoryEntry(string name, OnnxTensor tensor)
{
    public string Name => name;

    public OnnxTensor Tensor => tensor;

    /// <summary>What the first operator that says so does with it, and how many bits a packed weight has; null when none says.</summary>
    public (OnnxConstantUse Kind, int Bits)? Use { get; set; }

    /// <summary>Packed weights without the padding of the last block, where the operator's attributes tell.</summary>
    public long? Logical { get; set; }

    public (long Count, long Active)? Experts { get; set; }

    private bool Packed => Use is (OnnxConstantUse.Packed, _) && tensor.Type is OnnxElementType.UInt8 or OnnxElementType.Int8;

    public string TypeName => Packed && Use is (_, var bits) ? $"int{bits}" : tensor.Type.ShortName();

    public long Parameters => Use switch
    {
        (OnnxConstantUse.NoWeights, _) => 0,
        (OnnxConstantUse.Packed, int bits) when Packed => Math.Min(Logical ?? long.MaxValue, tensor.Data.Bytes * 8 / bits),
        (OnnxConstantUse.Packed, _) => Math.Min(Logical ?? long.MaxValue, Elements),
        (OnnxConstantUse.Weights, _) => Elements,
        // Nobody says: numbers are weights, but for a single one; whole numbers of 16 bits and more are shapes, axes and the like.
        _ => tensor.Type is OnnxElementType.Float or OnnxElementType.Float16 or OnnxElementType.BFloat16 or OnnxElementType.Double
                || tensor.Type.Bits() is > 0 and <= 8 && tensor.Type != OnnxElementType.Bool
            ? Elements == 1 ? 0 : Elements
            : 0,
    };

    private long Elements => tensor.Type.Bytes(tensor.Shape) is long bytes && bytes > 0 ? tensor.Shape.Aggregate(1L, static (n, d) => n * d) : 0;
}
