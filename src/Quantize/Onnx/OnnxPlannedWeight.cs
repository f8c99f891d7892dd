using ModelPack.Models.Onnx;
using ModelPack.Models.Onnx.Export;
using ModelPack.Models.Tensors;
using ModelPack.Quantize.Importance;
using ModelPack.Quantize.Onnx.Encoders;
using ModelPack.Quantize.Streaming;

namespace ModelPack.Quantize.Onnx;

/// <summary>One weight of an export: its rows, how they are stored, and where the bytes of its initializers go.</summary>
public sealed class OnnxPlannedWeight : IStreamedTensor
{
    private readonly BlockGrid? _grid;
    private readonly StreamedRange[] _ranges;
    private readonly ImportanceValues? _importance;

    /// <param name="weight">The weight.</param>
    /// <param name="places">Of its initializers: values, scales, zero points.</param>
    /// <param name="importance">One weight a column for each expert; null for none.</param>
    /// <exception cref="ArgumentException">The initializers do not have the bytes that the format has.</exception>
    internal OnnxPlannedWeight(OnnxWeight weight, IReadOnlyList<OnnxPlace> places, ImportanceValues? importance)
    {
        (Weight, Places, _importance) = (weight, places, importance);
        _grid = weight.Format is OnnxWeightFormat.Blocks blocks ? new(blocks, weight.Source.Columns, RowBytes(weight)) : null;
        int[] rowBytes = _grid is null
            ? [checked(weight.Source.Columns * PlainBytes(weight))]
            : [.. ((int[])[_grid.ValueBytes, _grid.ScaleBytes, _grid.ZeroBytes]).Where(static b => b > 0)];
        if (rowBytes.Length != places.Count || rowBytes.Where((b, i) => b * weight.Source.Rows != places[i].Initializer.Bytes).Any())
        {
            throw new ArgumentException(
                $"{weight.Values.Name}: {string.Join(", ", places.Select(static p => p.Initializer.Bytes))} bytes; "
                + $"{weight.Source.Rows} rows of {weight.Source.Columns} in {TypeOf(weight.Format)} have {string.Join(", ", rowBytes.Select(b => b * weight.Source.Rows))}");
        }

        _ranges = [.. places.Select((p, i) => new StreamedRange(p.File, p.Offset, rowBytes[i]))];
    }

    /// <summary>The weight as the graph's builder gave it.</summary>
    public OnnxWeight Weight { get; }

    /// <summary>Where its initializers go: values, then scales and zero points, where it has any.</summary>
    public IReadOnlyList<OnnxPlace> Places { get; }

    /// <summary>Name of the initializer of its values.</summary>
    public string Name => Weight.Values.Name;

    /// <summary>Type, block and symmetry: "int4 g32 sym", "int8 row asym", "f16".</summary>
    public string Type => TypeOf(Weight.Format);

    /// <summary>"copy", "rtn" (round to nearest), "importance", or "gptq" for what a calibration pass solved.</summary>
    public string Method => _grid is null ? "copy" : Solved is not null ? "gptq" : _importance is null ? "rtn" : "importance";

    /// <summary>Bytes of all initializers, without padding.</summary>
    public long Bytes => Places.Sum(static p => p.Initializer.Bytes);

    /// <summary>Number of weights.</summary>
    public long Count => checked(Weight.Source.Rows * Weight.Source.Columns);

    /// <summary>Whether a calibration pass may choose its codes; not where the user wants them rounded.</summary>
    internal bool MayBeSolved { get; init; } = true;

    internal SolvedRows? Solved { get; private init; }

    /// <summary>The same weight, whose rows were encoded before.</summary>
    internal OnnxPlannedWeight WithSolved(SolvedRows? solved) => solved is null ? this : new(Weight, Places, _importance) { MayBeSolved = MayBeSolved, Solved = solved };

    SolvedRows? IStreamedTensor.Solved => Solved;

    TensorSource IStreamedTensor.Weights => Weight.Source;

    ImportanceValues? IStreamedTensor.Importance => _importance;

    long IStreamedTensor.MatrixRows => Weight.Experts.Count > 1 ? Weight.Source.Rows / Weight.Experts.Count : Math.Max(1, Weight.Source.Rows);

    IReadOnlyList<StreamedRange> IStreamedTensor.Ranges => _ranges;

    float IStreamedTensor.Limit => _grid is not null ? _grid.Limit
        : Weight.Format is OnnxWeightFormat.Plain { Type: OnnxElementType.Float16 } ? 65504f
        : float.MaxValue;

    void IStreamedTensor.Encode(ReadOnlySpan<float> weights, ReadOnlySpan<float> importance, EncodedRows output)
    {
        if (_grid is null)
        {
            Plain.Encode(weights, Weight.Source.Columns, [], output.Values);
        }
        else
        {
            BlocksKernel.Best(weights, _grid, importance, output.Values, output.Scales, output.Zeros);
        }
    }

    void IStreamedTensor.Decode(EncodedRows input, Span<float> weights)
    {
        if (_grid is null)
        {
            Plain.Decode(input.Values, weights);
        }
        else
        {
            BlocksDecoder.Decode(input.Values, input.Scales, input.Zeros, _grid, weights);
        }
    }

    private QuantType Plain => ((OnnxWeightFormat.Plain)Weight.Format).Type switch
    {
        OnnxElementType.Float16 => QuantType.F16,
        OnnxElementType.BFloat16 => QuantType.BF16,
        _ => QuantType.F32,
    };

    private static int RowBytes(OnnxWeight weight) => checked((int)(weight.Values.Bytes / Math.Max(1, weight.Source.Rows)));

    private static int PlainBytes(OnnxWeight weight) => ((OnnxWeightFormat.Plain)weight.Format).Type switch
    {
        OnnxElementType.Float16 or OnnxElementType.BFloat16 => 2,
        OnnxElementType.Float => 4,
        OnnxElementType other => throw new ArgumentException($"{weight.Values.Name}: {other} is no type of plain weights."),
    };

    private static string TypeOf(OnnxWeightFormat format) => format switch
    {
        OnnxWeightFormat.Blocks b => $"int{b.Bits} {(b.BlockSize == 0 ? "row" : $"g{b.BlockSize}")} {(b.Symmetric ? "sym" : "asym")}",
        OnnxWeightFormat.Plain { Type: OnnxElementType.Float16 } => "f16",
        OnnxWeightFormat.Plain { Type: OnnxElementType.BFloat16 } => "bf16",
        _ => "f32",
    };
}
