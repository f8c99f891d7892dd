using ModelPack.Models.Architectures;
using ModelPack.Quantize.Calibration;
using ModelPack.Runtime.Interop;

namespace ModelPack.Runtime.Passes;

/// <summary>A group of neighboring experts: all inputs are shown, then all inner activations, then all outputs are added.</summary>
internal sealed class ExpertGroupRun(
    PassContext context, int layer, FeedForwardSpec.Experts spec, Activations normed, Routing routing, NearMisses misses)
{
    private readonly bool _wantsInner = context.Wants(LinearPlace.ExpertInner);

    /// <summary>What gate and up of an expert see.</summary>
    public static LinearInput Input(PassContext context, int layer, int expert) => new(
        LinearPlace.ExpertInput,
        layer,
        expert,
        context.Spec.HiddenSize,
        [new(TensorKind.ExpertGate, layer, expert), new(TensorKind.ExpertUp, layer, expert)]);

    /// <summary>Runs the group.</summary>
    public void Run(Range group)
    {
        int[] experts = [.. Enumerable.Range(group.Start.Value, group.End.Value - group.Start.Value)];
        LinearInput[] inputs = [.. experts.Select(e => Input(context, layer, e))];
        using RowsLease gathered = context.Rent(context.Spec.HiddenSize);
        if (context.Wants(LinearPlace.ExpertInput))
        {
            foreach (LinearInput input in inputs)
            {
                Show(input, gathered);
            }
        }

        IReadOnlyDictionary<TensorRole, ReadOnlyMemory<float>>? replaced = context.Complete(inputs);
        using Activations? kept = _wantsInner ? context.InnerStore(experts.Sum(e => (long)routing.Of(e).Count), spec.Size) : null;
        using RowsLease scratch = context.Rent(spec.Size);
        long first = 0;
        foreach (int expert in experts)
        {
            context.Cancel.ThrowIfCancellationRequested();
            Open(expert, kept, first, replaced, gathered, scratch);
            first += routing.Of(expert).Count;
        }

        if (kept is not null)
        {
            Finish(experts, kept, gathered, scratch);
        }
    }

    private static LinearInput Inner(int layer, int expert, int size) =>
        new(LinearPlace.ExpertInner, layer, expert, size, [new(TensorKind.ExpertDown, layer, expert)]);

    private void Show(LinearInput input, RowsLease gathered)
    {
        foreach ((RoutedTokens tokens, RowSample sample) in Samples(input.Expert!.Value))
        {
            foreach (RoutedTokens part in tokens.Cut(context.Plan.MostRows))
            {
                context.Cancel.ThrowIfCancellationRequested();
                FloatRows rows = gathered.Rows.Slice(0, part.Count);
                normed.Gather(part.Tokens, rows);
                context.Visitor!.Visit(input, rows.Span, part.Gates.Span, sample);
            }
        }
    }

    private IEnumerable<(RoutedTokens Tokens, RowSample Sample)> Samples(int expert) =>
        [(routing.Of(expert), RowSample.Routed), (misses.Of(expert), RowSample.NearMiss)];

    // Gate and up of one expert; and down at once, when nobody wants to see what enters it.
    private void Open(
        int expert,
        Activations? kept,
        long first,
        IReadOnlyDictionary<TensorRole, ReadOnlyMemory<float>>? replaced,
        RowsLease gathered,
        RowsLease scratch)
    {
        RoutedTokens routed = routing.Of(expert);
        RoutedTokens near = _wantsInner ? misses.Of(expert) : RoutedTokens.None;
        if (routed.Count + near.Count == 0)
        {
            return;
        }

        using GateUpWeights gateUp = GateUpWeights.Read(
            context, new(TensorKind.ExpertGate, layer, expert), new(TensorKind.ExpertUp, layer, expert), bias: false, replaced);
        using RowsLease? down = _wantsInner ? null : context.Weights.Read(new(TensorKind.ExpertDown, layer, expert));
        LinearInput place = Inner(layer, expert, spec.Size);
        foreach (RoutedTokens part in routed.Cut(context.Plan.MostRows))
        {
            context.Cancel.ThrowIfCancellationRequested();
            FloatRows inner = scratch.Rows.Slice(0, part.Count);
            inner = kept?.Open(first, inner, read: false) ?? inner;
            RunGateUp(gateUp, part, gathered, inner);
            if (down is not null)
            {
                Add(part, inner, down, gathered);
            }
            else
            {
                kept!.Keep(first, inner);
                context.Visitor!.Visit(place, inner.Span, part.Gates.Span, RowSample.Routed);
            }

            first += part.Count;
        }

        foreach (RoutedTokens part in near.Cut(context.Plan.MostRows))
        {
            FloatRows inner = scratch.Rows.Slice(0, part.Count);
            RunGateUp(gateUp, part, gathered, inner);
            context.Visitor!.Visit(place, inner.Span, part.Gates.Span, RowSample.NearMiss);
        }
    }

    private void Finish(int[] experts, Activations kept, RowsLease output, RowsLease scratch)
    {
        IReadOnlyDictionary<TensorRole, ReadOnlyMemory<float>>? replaced =
            context.Complete([.. experts.Select(e => Inner(layer, e, spec.Size))]);
        long first = 0;
        foreach (int expert in experts)
        {
            RoutedTokens routed = routing.Of(expert);
            if (routed.Count == 0)
            {
                continue;
            }

            using RowsLease down = context.Weights.Read(new(TensorKind.ExpertDown, layer, expert), replaced);
            foreach (RoutedTokens part in routed.Cut(context.Plan.MostRows))
            {
                context.Cancel.ThrowIfCancellationRequested();
                Add(part, kept.Open(first, scratch.Rows.Slice(0, part.Count)), down, output);
                first += part.Count;
            }
        }
    }

    private void RunGateUp(GateUpWeights gateUp, RoutedTokens part, RowsLease gathered, FloatRows inner)
    {
        FloatRows rows = gathered.Rows.Slice(0, part.Count);
        normed.Gather(part.Tokens, rows);
        gateUp.Run(rows, inner);
    }

    private void Add(RoutedTokens part, FloatRows inner, RowsLease down, RowsLease scratch)
    {
        using RowsLease row = context.Rent(context.Spec.HiddenSize, 1);
        FloatRows output = scratch.Rows.Slice(0, part.Count);
        context.Blocks.Linear(bias: false).Run([inner.Value(), down.Rows.Value()], [output.Value()]);
        context.Residual.ScatterAdd(part.Tokens, part.Gates, output, row.Rows);
    }
}
