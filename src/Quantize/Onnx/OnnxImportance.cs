using ModelPack.Models;
using ModelPack.Models.Architectures;
using ModelPack.Models.Onnx.Export;
using ModelPack.Quantize.Importance;
using ModelPack.Quantize.Plans;

namespace ModelPack.Quantize.Onnx;

/// <summary>Finds the importance of each weight's columns in a matrix that has GGUF's names, and notes what is missing.</summary>
/// <param name="matrix">Where to look; null for nowhere.</param>
/// <param name="warnings">Receives what a user should know.</param>
internal sealed class OnnxImportance(ImportanceMatrix? matrix, List<PlanWarning> warnings)
{
    /// <summary>One weight a column for each expert of a stack, in its order; null for none.</summary>
    /// <exception cref="ModelPackException">The entry is of another shape than the weight.</exception>
    public ImportanceValues? Find(OnnxWeight weight)
    {
        if (matrix is null || weight.Format is not OnnxWeightFormat.Blocks || weight.Role is not { } role || role.Kind == TensorKind.Embedding)
        {
            return null;
        }

        int[] experts = [.. role.Expert is { } one ? [one] : weight.Experts];
        if (Entry(role with { Expert = null }) is not { } entry)
        {
            if (role.Kind != TensorKind.Head)
            {
                warnings.Add(new("importance-missing", weight.Values.Name, "no entry in the importance matrix; quantized without"));
            }

            return null;
        }

        int columns = weight.Source.Columns;
        int matrices = experts.Length == 0 ? 1 : experts.Max() + 1;
        if (entry.Values.Count % columns != 0 || entry.Values.Count / columns < matrices || (experts.Length == 0 && entry.Values.Count != columns))
        {
            throw new ModelPackException(
                $"importance matrix: {entry.Name}: {entry.Values.Count} values; {role} needs {(long)columns * matrices} "
                + $"({columns} columns of {matrices} matrices)");
        }

        int[] silent = [.. experts.Intersect(entry.SilentExperts)];
        if (silent.Length > 0)
        {
            warnings.Add(new(
                "experts-unseen",
                weight.Values.Name,
                $"{silent.Length} of {experts.Length} experts saw no token ({string.Join(", ", silent.Take(8))}{(silent.Length > 8 ? ", …" : "")}); quantized with equal weights"));
        }

        return experts.Length == 0 ? entry.Values : new PickedImportance(entry.Values, columns, experts);
    }

    private ImportanceEntry? Entry(TensorRole role)
    {
        // gate and up read the same input.
        TensorKind[] kinds = role.Kind is TensorKind.ExpertGateUp or TensorKind.ExpertGate or TensorKind.ExpertUp
            ? [role.Kind, TensorKind.ExpertGate, TensorKind.ExpertUp, TensorKind.ExpertGateUp]
            : [role.Kind];
        return kinds.Select(k => matrix!.Entries.GetValueOrDefault(GgufNames.Of(role with { Kind = k }))).FirstOrDefault(static e => e is not null);
    }

    /// <summary>The values of some experts, in an order of their own.</summary>
    private sealed class PickedImportance(ImportanceValues all, int columns, int[] experts) : ImportanceValues
    {
        public override long Count => (long)experts.Length * columns;

        public override void Read(long first, Span<float> destination)
        {
            while (!destination.IsEmpty)
            {
                (long expert, long column) = Math.DivRem(first, columns);
                int count = (int)Math.Min(destination.Length, columns - column);
                all.Read(((long)experts[expert] * columns) + column, destination[..count]);
                destination = destination[count..];
                first += count;
            }
        }
    }
}
