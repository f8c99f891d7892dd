using System.Globalization;
using ModelPack.Models;
using ModelPack.Models.Conversion;
using ModelPack.Models.Gguf;
using ModelPack.Quantize.Importance;
using ModelPack.Quantize.Mixtures;

namespace ModelPack.Quantize.Plans;

/// <summary>Finds the importance of each tensor's columns, and notes what is missing or was never measured.</summary>
/// <param name="matrix">Where to look; null for nowhere.</param>
/// <param name="warnings">Receives what a user should know.</param>
internal sealed class ImportanceLookup(ImportanceMatrix? matrix, List<PlanWarning> warnings)
{
    private static readonly GgmlType[] Deaf = [GgmlType.F32, GgmlType.F16, GgmlType.BF16, GgmlType.Q8_0];

    /// <summary>The matrix's file; none for a matrix in memory.</summary>
    public IReadOnlyList<string> Files => matrix?.Path is { } path ? [path] : [];

    /// <summary>The values of a tensor; null when there is none, or when its type uses none.</summary>
    /// <exception cref="ModelPackException">The entry is of another shape than the tensor.</exception>
    public ImportanceValues? Find(GgufModelTensor tensor, GgmlType type)
    {
        if (matrix is null || type == tensor.BaseType || Deaf.Contains(type))
        {
            return null;
        }

        // Embeddings are looked up, not multiplied, and the head is seldom measured: nobody expects an entry for them.
        TensorCategory category = TensorCategories.Of(tensor.Name);
        bool isExpected = category is not (TensorCategory.Embedding or TensorCategory.Output);
        if (!matrix.Entries.TryGetValue(tensor.Name, out ImportanceEntry? entry))
        {
            if (isExpected)
            {
                warnings.Add(new("importance-missing", tensor.Name, "no entry in the importance matrix; quantized without"));
            }

            return null;
        }

        int columns = checked((int)tensor.Shape[0]);
        int matrices = tensor.Shape.Count > 2 ? checked((int)tensor.Shape[2]) : 1;
        if (!entry.Fits(columns, matrices))
        {
            return category == TensorCategory.Embedding
                ? null
                : throw new ModelPackException(
                    $"importance matrix: {tensor.Name}: {entry.Values.Count} values; the tensor needs {(long)columns * matrices} "
                    + $"({columns} columns of {matrices} matrices)");
        }

        WarnOfUnseen(tensor, entry.SilentExperts, entry.Experts);
        return entry.Values;
    }

    private void WarnOfUnseen(GgufModelTensor tensor, IReadOnlyList<int> unseen, int experts)
    {
        if (unseen.Count > 0)
        {
            string which = string.Join(", ", unseen.Take(8).Select(static i => i.ToString(CultureInfo.InvariantCulture)));
            string more = unseen.Count > 8 ? ", …" : "";
            warnings.Add(new(
                "experts-unseen",
                tensor.Name,
                $"{unseen.Count} of {experts} experts saw no token ({which}{more}); quantized with equal weights"));
        }
    }
}
