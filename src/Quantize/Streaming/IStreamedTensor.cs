using ModelPack.Models.Tensors;
using ModelPack.Quantize.Importance;

namespace ModelPack.Quantize.Streaming;

/// <summary>A tensor as a run sees it: rows of weights, and the ranges of files that their bytes go to.</summary>
internal interface IStreamedTensor
{
    /// <summary>Name in the output.</summary>
    string Name { get; }

    /// <summary>Rows of weights.</summary>
    TensorSource Weights { get; }

    /// <summary>One weight a column for each matrix of <see cref="MatrixRows"/> rows, one after the other; null for none.</summary>
    ImportanceValues? Importance { get; }

    /// <summary>Rows that share one importance.</summary>
    long MatrixRows { get; }

    /// <summary>Where the bytes go, one to three ranges; each has the same bytes for every row.</summary>
    IReadOnlyList<StreamedRange> Ranges { get; }

    /// <summary>The greatest magnitude that can be stored.</summary>
    float Limit { get; }

    /// <summary>The tensor's rows as they were encoded before; null where <see cref="Encode"/> makes them.</summary>
    SolvedRows? Solved => null;

    /// <summary>Encodes whole rows.</summary>
    /// <param name="weights">Finite weights within the limit.</param>
    /// <param name="importance">One non-negative weight a column, or empty.</param>
    /// <param name="output">Filled completely.</param>
    void Encode(ReadOnlySpan<float> weights, ReadOnlySpan<float> importance, EncodedRows output);

    /// <summary>Decodes whole rows.</summary>
    void Decode(EncodedRows input, Span<float> weights);
}
