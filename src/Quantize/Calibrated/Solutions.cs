using ModelPack.Models.Architectures;
using ModelPack.Quantize.Onnx;
using ModelPack.Quantize.Plans;

namespace ModelPack.Quantize.Calibrated;

/// <summary>Everything a calibration pass solved, for the plan whose tensors it was solved for.</summary>
public sealed class Solutions : IDisposable
{
    private readonly SolveTargets _targets;
    private readonly SolvedStore _store;

    internal Solutions(SolveTargets targets, SolvedStore store) => (_targets, _store) = (targets, store);

    /// <summary>Number of solved weights.</summary>
    public int Count => _targets.Count;

    /// <summary>Weights that were not solved by the method that was asked for.</summary>
    public int FellBack => _store.Weights.Count(static w => w.FellBack);

    /// <summary>Why weights fell back, and how many, the most frequent reason first.</summary>
    public string FallbackSummary() => string.Join(", ", _store.Weights
        .Where(static w => w.FellBack)
        .GroupBy(static w => w.Fallback)
        .OrderByDescending(static g => g.Count()).ThenBy(static g => g.Key, StringComparer.Ordinal)
        .Select(static g => $"{g.Count()} {g.Key}"));

    /// <summary>The solutions of an output tensor, in the order of its rows; null when it was not solved.</summary>
    /// <param name="tensor">Its name in the plan.</param>
    public IReadOnlyList<TensorSolution>? Find(string tensor) => _targets.RolesOf(tensor) is { Count: > 0 } roles
        ? [.. roles.Select(r => Of(r, _store.Find(r)!))]
        : null;

    /// <summary>The plan with encoded rows in place of those that it would encode.</summary>
    public QuantizationPlan Apply(QuantizationPlan plan) =>
        plan.WithSolved(t => _targets.Rows(t.Name, t.Weights, _store), this);

    /// <summary>The plan with encoded rows in place of those that it would encode.</summary>
    public OnnxPlan Apply(OnnxPlan plan) =>
        plan.WithSolved(w => _targets.Rows(w.Name, w.Weight.Source, _store), this);

    /// <summary>Removes what was kept for a restart.</summary>
    public void Drop() => _store.Drop();

    /// <inheritdoc/>
    public void Dispose() => _store.Dispose();

    private static TensorSolution Of(TensorRole role, SolvedEntry entry) =>
        new(role.Expert, entry.Method, entry.Tokens, entry.Shrinkage, entry.RelativeError, entry.Fallback, entry.FellBack);
}
