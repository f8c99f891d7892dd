using ModelPack.Models.Gguf;
using ModelPack.Models.Tensors;
using ModelPack.Quantize.Importance;
using ModelPack.Quantize.Streaming;

namespace ModelPack.Quantize.Plans;

/// <summary>One tensor of the output: where its weights come from, how they are stored, and where the bytes go.</summary>
/// <param name="Name">GGUF name.</param>
/// <param name="Shape">GGUF order, the row length first.</param>
/// <param name="Weights">Rows of <c>Shape[0]</c> weights.</param>
/// <param name="Sources">Stored tensors that it is made of.</param>
/// <param name="BaseType">Type in the unquantized file.</param>
/// <param name="Choice">Type in the output, and why.</param>
/// <param name="Importance">
/// One weight a column for each matrix of <c>Shape[1]</c> rows, one after the other; null for none.
/// </param>
/// <param name="Part">Index of the file, 0 unless the output is split.</param>
/// <param name="Offset">First byte, from the start of that file.</param>
/// <param name="Bytes">Length without padding.</param>
public sealed record PlannedTensor(
    string Name,
    IReadOnlyList<long> Shape,
    TensorSource Weights,
    IReadOnlyList<string> Sources,
    GgmlType BaseType,
    TypeChoice Choice,
    ImportanceValues? Importance,
    int Part,
    long Offset,
    long Bytes) : IStreamedTensor
{
    /// <summary>Type in the output.</summary>
    public GgmlType Type => Choice.Type;

    /// <summary>Number of weights.</summary>
    public long Count => checked(Weights.Rows * Weights.Columns);

    /// <summary>Rows that share one importance: the rows of one expert.</summary>
    public long MatrixRows => Shape.Count > 1 ? Shape[1] : 1;

    /// <summary>Whether a calibration pass may choose its codes; not where the user wants them rounded.</summary>
    internal bool MayBeSolved { get; init; } = true;

    internal SolvedRows? Solved { get; init; }

    SolvedRows? IStreamedTensor.Solved => Solved;

    IReadOnlyList<StreamedRange> IStreamedTensor.Ranges => [new(Part, Offset, checked((int)Type.SizeOf(Weights.Columns)))];

    float IStreamedTensor.Limit => float.MaxValue;

    void IStreamedTensor.Encode(ReadOnlySpan<float> weights, ReadOnlySpan<float> importance, EncodedRows output) =>
        QuantType.Find(Type)!.Encode(weights, Weights.Columns, importance, output.Values);

    void IStreamedTensor.Decode(EncodedRows input, Span<float> weights) => QuantType.Find(Type)!.Decode(input.Values, weights);
}
