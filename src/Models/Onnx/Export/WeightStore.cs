using ModelPack.Models.Architectures;
using ModelPack.Models.Tensors;

namespace ModelPack.Models.Onnx.Export;

/// <summary>Collects the large initializers of a graph and gives each its shapes as the operators want them.</summary>
/// <param name="graph">The graph, for casts.</param>
/// <param name="activation">Type of the activations.</param>
internal sealed class WeightStore(GraphBuilder graph, OnnxElementType activation)
{
    private const OnnxElementType Packed = OnnxElementType.UInt8;

    private readonly List<OnnxWeight> _weights = [];

    /// <summary>The weights so far, in the order of their first use.</summary>
    public IReadOnlyList<OnnxWeight> Weights => _weights;

    /// <summary>Adds numbers that are stored one by one: a norm, a bias, a table.</summary>
    /// <param name="role">Null for a table.</param>
    /// <param name="name">Name of the initializer.</param>
    /// <param name="tensor">The rows.</param>
    /// <param name="type">Float or Float16.</param>
    /// <param name="shape">Sizes; by default rows and columns, or just columns for a vector.</param>
    /// <param name="experts">Experts of a stack.</param>
    /// <returns>The initializer's name.</returns>
    public string AddPlain(
        TensorRole? role, string name, TakenTensor tensor, OnnxElementType type, long[]? shape = null, IReadOnlyList<int>? experts = null)
    {
        TensorSource source = tensor.Weights;
        long bytes = checked(source.Rows * source.Columns * (type == OnnxElementType.Float ? sizeof(float) : sizeof(ushort)));
        OnnxInitializer values = new(name, type, shape ?? [source.Rows, source.Columns], bytes);
        _weights.Add(new(role, experts ?? [], source, tensor.StoredNames, new OnnxWeightFormat.Plain(type), values, null, null));
        return name;
    }

    /// <summary>Adds a matrix for Gemm or MatMulNBits.</summary>
    /// <exception cref="UnsupportedModelException">No operator reads this format.</exception>
    public WeightNames AddMatrix(TensorRole role, TakenTensor tensor, OnnxWeightFormat format)
    {
        Check(role, format);
        return format is OnnxWeightFormat.Blocks blocks
            ? AddBlocks(role, $"{role}", [], tensor, blocks, flat: false)
            : new(Activation($"{role}.weight", AddPlain(role, $"{role}.weight", tensor, TypeOf(format))), "", "", 0);
    }

    /// <summary>Adds a table for Gather or GatherBlockQuantized; columns are bytes in one dimension.</summary>
    /// <exception cref="UnsupportedModelException">No operator reads this format.</exception>
    public WeightNames AddEmbedding(TensorRole role, TakenTensor tensor, OnnxWeightFormat format)
    {
        CheckEmbedding(role, tensor.Weights.Columns, format);
        return format is OnnxWeightFormat.Blocks blocks
            ? AddBlocks(role, $"{role}", [], tensor, blocks, flat: true)
            : new(AddPlain(role, $"{role}.weight", tensor, TypeOf(format)), "", "", 0);
    }

    /// <summary>Adds a stack of experts' matrices for MoE or QMoE.</summary>
    /// <param name="role">The stack's role.</param>
    /// <param name="name">Name without suffix.</param>
    /// <param name="experts">The experts in the order of their rows.</param>
    /// <param name="tensor">Their rows.</param>
    /// <param name="format">Format of all of them.</param>
    /// <exception cref="UnsupportedModelException">No operator reads this format.</exception>
    public WeightNames AddExperts(TensorRole role, string name, IReadOnlyList<int> experts, TakenTensor tensor, OnnxWeightFormat format)
    {
        Check(role, format);
        if (format is OnnxWeightFormat.Blocks blocks)
        {
            return AddBlocks(role, name, experts, tensor, blocks, flat: true);
        }

        long[] shape = [experts.Count, tensor.Weights.Rows / experts.Count, tensor.Weights.Columns];
        return new(Activation($"{name}.weight", AddPlain(role, $"{name}.weight", tensor, TypeOf(format), shape, experts)), "", "", 0);
    }

    /// <summary>Checks that a row can be looked up.</summary>
    /// <exception cref="UnsupportedModelException">It cannot.</exception>
    public void CheckEmbedding(TensorRole role, int columns, OnnxWeightFormat format)
    {
        Check(role, format);
        if (format is OnnxWeightFormat.Blocks blocks && columns % Block(role, blocks, columns) != 0)
        {
            throw ExportFaults.EmbeddingWidth(role, columns, blocks.BlockSize);
        }
    }

    private WeightNames AddBlocks(
        TensorRole role, string name, IReadOnlyList<int> experts, TakenTensor tensor, OnnxWeightFormat.Blocks format, bool flat)
    {
        TensorSource source = tensor.Weights;
        bool stack = experts.Count > 0;
        int block = stack && format.BlockSize == 0 ? source.Columns : Block(role, format, source.Columns);
        int count = (source.Columns + block - 1) / block;
        if (stack)
        {
            CheckExperts(role, source.Columns, block, count, format);
        }

        long bytes = (long)block * format.Bits / 8;
        long zeros = ((count * format.Bits) + 7) / 8;
        long[] outer = stack ? [experts.Count, source.Rows / experts.Count] : [source.Rows];

        // With one block a row QMoE wants no dimension for blocks.
        long[] perBlock = stack && count == 1 ? [] : [count];
        OnnxInitializer values = Make($"{name}.weight", Packed, flat ? [.. outer, count * bytes] : [.. outer, count, bytes]);
        OnnxInitializer scales = Make($"{name}.scales", format.ScaleType, [.. outer, .. perBlock]);
        OnnxInitializer? points = format.Symmetric ? null
            : Make($"{name}.zero_points", Packed, perBlock.Length == 0 ? outer : [.. outer, zeros]);
        _weights.Add(new(role, experts, source, tensor.StoredNames, format, values, scales, points));
        return new(values.Name, scales.Name, points?.Name ?? "", block);
    }

    private static void CheckExperts(TensorRole role, int columns, int block, int count, OnnxWeightFormat.Blocks format)
    {
        if (columns % block != 0)
        {
            throw ExportFaults.ExpertWidth(role, columns, block);
        }

        if (!format.Symmetric && count % (8 / format.Bits) != 0)
        {
            throw ExportFaults.ExpertZeroPoints(role, count, format.Bits);
        }
    }

    private static OnnxInitializer Make(string name, OnnxElementType type, long[] shape)
    {
        int size = type switch { Packed => 1, OnnxElementType.Float16 => sizeof(ushort), _ => sizeof(float) };
        return new(name, type, shape, shape.Aggregate((long)size, static (n, d) => checked(n * d)));
    }

    // Only QMoE knows rows of any length with one scale; elsewhere a row must be a block that there is.
    private static int Block(TensorRole role, OnnxWeightFormat.Blocks format, int columns) =>
        format.BlockSize > 0 ? format.BlockSize
        : columns is 16 or 32 or 64 or 128 or 256 ? columns
        : throw ExportFaults.WholeRow(role, columns);

    private static OnnxElementType TypeOf(OnnxWeightFormat format) => ((OnnxWeightFormat.Plain)format).Type;

    private void Check(TensorRole role, OnnxWeightFormat format)
    {
        switch (format)
        {
            case OnnxWeightFormat.Plain { Type: not (OnnxElementType.Float or OnnxElementType.Float16) } plain:
                throw ExportFaults.PlainType(role, plain.Type);
            case OnnxWeightFormat.Blocks blocks when blocks.Bits is not (4 or 8) || blocks.BlockSize is not (0 or 16 or 32 or 64 or 128 or 256):
                throw ExportFaults.Blocks(role, blocks);
            case OnnxWeightFormat.Blocks blocks when blocks.ScaleType != activation:
                throw ExportFaults.ScaleType(role, blocks.ScaleType, activation);
        }
    }

    private string Activation(string name, string initializer) =>
        _weights[^1].Values.Type == activation ? initializer : graph.Cast($"{name}.cast", initializer, activation);
}
