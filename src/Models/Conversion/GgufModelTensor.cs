using ModelPack.Models.Gguf;
using ModelPack.Models.Tensors;

namespace ModelPack.Models.Conversion;

/// <summary>One tensor of a <see cref="GgufModel"/>: its final name and shape, and where its weights come from.</summary>
/// <param name="Name">GGUF name: "blk.3.ffn_down_exps.weight".</param>
/// <param name="Shape">GGUF order, the row length first; experts are the last dimension.</param>
/// <param name="Weights">Rows of <c>Shape[0]</c> weights.</param>
/// <param name="BaseType">Type in the unquantized file: F32 for norms, vectors and routers, else F32, F16 or BF16.</param>
/// <param name="SourceNames">Stored tensors that it is made of, for plans and provenance.</param>
public sealed record GgufModelTensor(
    string Name,
    IReadOnlyList<long> Shape,
    TensorSource Weights,
    GgmlType BaseType,
    IReadOnlyList<string> SourceNames)
{
    /// <summary>Number of weights.</summary>
    public long Count => Shape.Aggregate(1L, static (n, d) => checked(n * d));

    /// <summary>Experts stacked in it; 1 for a dense tensor.</summary>
    public int Experts => Shape.Count == 3 && Name.Contains("_exps.", StringComparison.Ordinal) ? checked((int)Shape[2]) : 1;
}
