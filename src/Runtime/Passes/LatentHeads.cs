using Microsoft.ML.OnnxRuntime;
using ModelPack.Models.Architectures;
using ModelPack.Quantize.Calibration;
using ModelPack.Runtime.Interop;

namespace ModelPack.Runtime.Passes;

/// <summary>Multi-head latent attention: what is compressed is kept when somebody looks at it, so that it is computed once.</summary>
internal sealed class LatentHeads : AttentionHeads
{
    private readonly AttentionSpec.Latent _spec;
    private readonly LinearInput? _query;
    private readonly LinearInput _keyValue;
    private readonly LinearInput _keyQuery;
    private readonly TensorRole _queryRole;
    private readonly List<Activations> _kept = [];
    private RowsLease[] _down = [];
    private RowsLease? _queryUp;
    private RowsLease? _keyValueUp;

    public LatentHeads(PassContext context, int layer, AttentionSpec.Latent spec) : base(context, layer)
    {
        _spec = spec;
        bool compressed = spec.QueryRank is not null;
        _queryRole = Role(compressed ? TensorKind.AttentionQueryUp : TensorKind.AttentionQuery);
        TensorRole first = Role(compressed ? TensorKind.AttentionQueryDown : TensorKind.AttentionQuery);
        Input = new(LinearPlace.AttentionInput, layer, null, context.Spec.HiddenSize, [first, Role(TensorKind.AttentionKeyValueDown)]);
        _query = spec.QueryRank is { } rank ? new(LinearPlace.QueryLatent, layer, null, rank, [_queryRole]) : null;
        _keyValue = new(
            LinearPlace.KeyValueLatent, layer, null, spec.KeyValueRank, [Role(TensorKind.AttentionKeyValueUp), Role(TensorKind.AttentionValueUp)]);
        _keyQuery = new(LinearPlace.KeyQuery, layer, null, spec.Heads * spec.NopeSize, [Role(TensorKind.AttentionKeyUp)]) { Matrices = spec.Heads };
    }

    /// <inheritdoc />
    public override LinearInput Input { get; }

    // Widths of what the first block gives.
    private int[] Widths => _spec.QueryRank is { } rank ? [rank, _spec.KeyValueRank, _spec.RopeSize] : [_spec.KeyValueRank, _spec.RopeSize];

    /// <inheritdoc />
    public override void Prepare(
        IReadOnlyDictionary<TensorRole, ReadOnlyMemory<float>>? replaced, Action<TokenBatch, FloatRows> normed)
    {
        TensorKind[] kinds = _spec.QueryRank is null
            ? [TensorKind.AttentionKeyValueDown, TensorKind.AttentionKeyValueDownNorm]
            : [
                TensorKind.AttentionQueryDown, TensorKind.AttentionQueryDownNorm,
                TensorKind.AttentionKeyValueDown, TensorKind.AttentionKeyValueDownNorm,
            ];
        _down = [.. kinds.Select(k => Hold(Role(k), replaced))];
        IReadOnlyDictionary<TensorRole, ReadOnlyMemory<float>>? query = replaced;
        IReadOnlyDictionary<TensorRole, ReadOnlyMemory<float>>? keyValue = null;
        bool showsQuery = _query is not null && Context.Wants(LinearPlace.QueryLatent);
        if (showsQuery || Context.Wants(LinearPlace.KeyValueLatent))
        {
            Show(normed, showsQuery);
            query = showsQuery ? Context.Complete(_query!) : query;
            keyValue = Context.Complete(_keyValue);
        }

        _queryUp = Hold(_queryRole, query);
        if (Context.Wants(LinearPlace.KeyQuery))
        {
            ShowQueries(normed);
        }

        _keyValueUp = HoldKeyValueUp(keyValue, Context.Complete(_keyQuery));
    }

    /// <inheritdoc />
    public override void Run(TokenBatch batch, FloatRows normed, FloatRows heads)
    {
        RowsLease[] leases = [.. Widths.Select(w => Context.Rent(w))];
        FloatRows[] latents = Latents(batch, normed, leases);
        FloatRows query = _spec.QueryRank is null ? normed : latents[0];
        Attend(
            batch,
            [
                query.Value(batch.Windows, batch.Length, query.Columns),
                Matrix(_queryUp!),
                latents[^2].Value(),
                Matrix(_keyValueUp!),
                latents[^1].Value(),
            ],
            heads);
        foreach (RowsLease lease in leases)
        {
            lease.Dispose();
        }
    }

    public override void Dispose()
    {
        base.Dispose();
        _kept.ForEach(static k => k.Dispose());
        _kept.Clear();
    }

    private void Show(Action<TokenBatch, FloatRows> normed, bool showsQuery)
    {
        _kept.AddRange(Widths.Select((w, i) => Context.Store(PassStore.Latents, w, i)));
        using RowsLease input = Context.Rent(Context.Spec.HiddenSize);
        RowsLease[] leases = [.. Widths.Select(w => Context.Rent(w))];
        foreach (TokenBatch batch in Context.Batches())
        {
            FloatRows rows = input.Rows.Slice(0, batch.Rows);
            normed(batch, rows);
            FloatRows[] latents = [.. leases.Select((l, i) => _kept[i].Open(batch.FirstRow, l.Rows.Slice(0, batch.Rows), read: false))];
            Compress(rows, latents);
            for (int i = 0; i < latents.Length; i++)
            {
                _kept[i].Keep(batch.FirstRow, latents[i]);
            }

            if (showsQuery)
            {
                Context.Visit(_query!, latents[0]);
            }

            if (Context.Wants(LinearPlace.KeyValueLatent))
            {
                Context.Visit(_keyValue, latents[^2]);
            }
        }

        foreach (RowsLease lease in leases)
        {
            lease.Dispose();
        }
    }

    // What is compressed, as it was kept, or anew.
    private FloatRows[] Latents(TokenBatch batch, FloatRows normed, RowsLease[] leases)
    {
        FloatRows[] latents = [.. leases.Select(l => l.Rows.Slice(0, batch.Rows))];
        if (_kept.Count > 0)
        {
            return [.. latents.Select((l, i) => _kept[i].Open(batch.FirstRow, l))];
        }

        Compress(normed, latents);
        return latents;
    }

    // Queries are computed twice then: what follows may be computed with other keys.
    private void ShowQueries(Action<TokenBatch, FloatRows> normed)
    {
        (int heads, int nope, int width) = (_spec.Heads, _spec.NopeSize, _spec.NopeSize + _spec.RopeSize);
        using RowsLease input = Context.Rent(Context.Spec.HiddenSize);
        using RowsLease whole = Context.Rent(heads * width);
        using RowsLease still = Context.Rent(heads * nope);
        RowsLease[] leases = [.. Widths.Select(w => Context.Rent(w))];
        foreach (TokenBatch batch in Context.Batches())
        {
            FloatRows query = input.Rows.Slice(0, batch.Rows);
            if (_spec.QueryRank is null || _kept.Count == 0)
            {
                normed(batch, query);
            }

            if (_spec.QueryRank is not null)
            {
                query = Latents(batch, query, leases)[0];
            }

            FloatRows rows = whole.Rows.Slice(0, batch.Rows);
            Context.Blocks.Linear(bias: false).Run([query.Value(), Matrix(_queryUp!)], [rows.Value()]);
            FloatRows parts = still.Rows.Slice(0, batch.Rows);
            for (int row = 0; row < batch.Rows; row++)
            {
                for (int head = 0; head < heads; head++)
                {
                    rows[row].Slice(head * width, nope).CopyTo(parts[row][(head * nope)..]);
                }
            }

            Context.Visit(_keyQuery, parts);
        }

        foreach (RowsLease lease in leases)
        {
            lease.Dispose();
        }
    }

    // The halves may be replaced one by one.
    private RowsLease HoldKeyValueUp(
        IReadOnlyDictionary<TensorRole, ReadOnlyMemory<float>>? keyValue, IReadOnlyDictionary<TensorRole, ReadOnlyMemory<float>>? keys)
    {
        TensorRole role = Role(TensorKind.AttentionKeyValueUp);
        ReadOnlyMemory<float> values = keyValue?.GetValueOrDefault(Role(TensorKind.AttentionValueUp)) ?? default;
        ReadOnlyMemory<float> turned = keys?.GetValueOrDefault(Role(TensorKind.AttentionKeyUp)) ?? default;
        if (values.IsEmpty && turned.IsEmpty)
        {
            return Hold(role, keyValue);
        }

        using RowsLease stored = Context.Weights.Read(role, keyValue);
        RowsLease whole = Hold(Context.Rent(stored.Rows.Columns, checked((int)stored.Rows.Count)));
        stored.Rows.Span.CopyTo(whole.Rows.Span);
        LatentWeights.PutValues(values.Span, _spec, whole.Rows);
        LatentWeights.PutKeys(turned.Span, _spec, whole.Rows);
        return whole;
    }

    private void Compress(FloatRows normed, FloatRows[] latents)
    {
        List<OrtValue> inputs = [normed.Value()];
        for (int i = 0; i < _down.Length; i += 2)
        {
            inputs.Add(Matrix(_down[i]));
            inputs.Add(Vector(_down[i + 1]));
        }

        Context.Blocks.Latents(_spec).Run(inputs, [.. latents.Select(static l => l.Value())]);
    }
}
