using ModelPack.Models.Architectures;
using ModelPack.Quantize.Calibration;
using ModelPack.Runtime.Interop;

namespace ModelPack.Runtime.Passes;

/// <summary>Sends a layer's tokens to experts, with the stored router whatever a visitor replaces.</summary>
internal sealed class RouterPass : IDisposable
{
    private readonly PassContext _context;
    private readonly int _layer;
    private readonly FeedForwardSpec.Experts _spec;
    private readonly Router _router;
    private readonly RowsLease _weight;
    private readonly RowsLease _logits;

    public RouterPass(PassContext context, int layer, FeedForwardSpec.Experts spec)
    {
        (_context, _layer, _spec) = (context, layer, spec);
        float[] bias = [];
        if (spec.Router.SelectionBias)
        {
            using RowsLease lease = context.Weights.Read(new TensorRole(TensorKind.RouterBias, layer));
            bias = lease.Rows.Span.ToArray();
        }

        _router = new(spec, bias);
        _weight = context.Weights.Read(new TensorRole(TensorKind.Router, layer));
        _logits = context.Rent(spec.Count);
        Routing = new(context.Plan.Tokens, spec.Count, spec.Active);
    }

    /// <summary>Who goes where.</summary>
    public Routing Routing { get; }

    /// <summary>Norms all tokens, shows them, and chooses their experts.</summary>
    /// <param name="normed">Keeps the norms.</param>
    /// <param name="shared">What the shared experts see; null for none.</param>
    public void Choose(Activations normed, LinearInput? shared)
    {
        TensorRole role = new(TensorKind.Router, _layer);
        LinearInput input = new(LinearPlace.RouterInput, _layer, null, _context.Spec.HiddenSize, [role]);
        bool showsShared = shared is not null && _context.Wants(LinearPlace.SharedInput);
        using RowsLease norm = _context.Weights.Read(new TensorRole(TensorKind.FeedForwardNorm, _layer));
        using RowsLease residual = _context.Rent(_context.Spec.HiddenSize);
        using RowsLease scratch = _context.Rent(_context.Spec.HiddenSize);
        foreach (TokenBatch batch in _context.Batches())
        {
            FloatRows rows = normed.Open(batch.FirstRow, scratch.Rows.Slice(0, batch.Rows), read: false);
            _context.Norm(_context.Residual.Open(batch.FirstRow, residual.Rows.Slice(0, batch.Rows)), norm, rows);
            normed.Keep(batch.FirstRow, rows);
            if (_context.Wants(LinearPlace.RouterInput))
            {
                _context.Visit(input, rows);
            }

            if (showsShared)
            {
                _context.Visit(shared!, rows);
            }

            Each(rows, batch, (_, _, _) => { });
        }

        _context.Complete(input);
        Routing.Sort();
    }

    /// <summary>Near misses of the experts for which a visitor wants some.</summary>
    public NearMisses FindMisses(Activations normed)
    {
        NearMisses misses = new();
        if (!_context.Wants(LinearPlace.ExpertInput) && !_context.Wants(LinearPlace.ExpertInner))
        {
            return misses;
        }

        for (int e = 0; e < _spec.Count; e++)
        {
            LinearInput input = ExpertGroupRun.Input(_context, _layer, e);
            if (_context.Visitor!.NearMisses(input, Routing.Of(e).Count) is var wanted and > 0)
            {
                misses.Want(e, wanted);
            }
        }

        using RowsLease scratch = _context.Rent(_context.Spec.HiddenSize);
        foreach (TokenBatch batch in misses.Empty ? [] : _context.Batches())
        {
            FloatRows rows = normed.Open(batch.FirstRow, scratch.Rows.Slice(0, batch.Rows));
            Each(rows, batch, (token, scores, _) => misses.See(token, scores, Routing.Chosen(token)));
        }

        return misses;
    }

    public void Dispose()
    {
        _weight.Dispose();
        _logits.Dispose();
    }

    private delegate void Scored(int token, ReadOnlySpan<float> scores, int row);

    private void Each(FloatRows rows, TokenBatch batch, Scored scored)
    {
        FloatRows logits = _logits.Rows.Slice(0, batch.Rows);
        _context.Blocks.Linear(bias: false).Run([rows.Value(), _weight.Rows.Value()], [logits.Value()]);
        float[] choice = new float[_spec.Count];
        for (int row = 0; row < batch.Rows; row++)
        {
            int token = checked((int)batch.FirstRow + row);
            _router.Choose(logits[row], choice, Routing.Chosen(token), Routing.Gates(token));
            scored(token, logits[row], row);
        }
    }
}
