using ModelPack.Models.Architectures;
using ModelPack.Quantize.Calibration;
using ModelPack.Runtime.Interop;

namespace ModelPack.Runtime.Passes;

/// <summary>residual += experts(norm(residual)): the router, the routed experts in groups, and the shared ones.</summary>
internal sealed class ExpertStage(PassContext context, int layer, FeedForwardSpec.Experts spec)
{
    private readonly int _hidden = context.Spec.HiddenSize;

    /// <summary>Runs it.</summary>
    public void Run()
    {
        using Activations normed = context.Store(PassStore.Normed, _hidden);
        DenseStage? shared = spec.SharedSize > 0
            ? new(context, layer, spec.SharedSize, bias: false, (TensorKind.SharedExpertGate, TensorKind.SharedExpertUp, TensorKind.SharedExpertDown), LinearPlace.SharedInner)
            : null;
        using RouterPass router = new(context, layer, spec);
        LinearInput? sharedInput = shared?.Input(LinearPlace.SharedInput);
        router.Choose(normed, sharedInput);
        IReadOnlyDictionary<TensorRole, ReadOnlyMemory<float>>? replaced = sharedInput is null ? null : context.Complete(sharedInput);
        NearMisses misses = router.FindMisses(normed);
        foreach (Range group in context.Plan.Groups(spec, e => router.Routing.Of(e).Count))
        {
            context.Cancel.ThrowIfCancellationRequested();
            new ExpertGroupRun(context, layer, spec, normed, router.Routing, misses).Run(group);
            context.Report(0.5 + (0.5 * group.End.Value / spec.Count));
        }

        using RowsLease scratch = context.Rent(_hidden);
        shared?.Run(batch => normed.Open(batch.FirstRow, scratch.Rows.Slice(0, batch.Rows)), replaced);
    }
}
