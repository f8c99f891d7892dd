using ModelPack.Models.Architectures;
using ModelPack.Quantize.Calibrated;
using ModelPack.Quantize.Calibration;
using ModelPack.Quantize.Kernels.Matrices;
using ModelPack.Quantize.Solving;

namespace ModelPack.Quantize.Budget;

/// <summary>What errors of a weight cost by what enters it, beside its importance: pivots where codes are solved, and routing weights.</summary>
/// <remarks>
/// GPTQ hands the error of a column on to the columns after it, which take back what of it their inputs can express. With the Hessian
/// H = (I + F)·D·(I + F)ᵀ, the output error that is left of a row is Σ D_j r_j², where r are the residuals of rounding: as for plain
/// rounding, which has the diagonal of H for D. The residuals are those of rounded weights: steps do not change while codes are solved.
/// Source: Chee et al., QuIP (2023), theorem 1. Moments are kept for one group of inputs at a time.
/// </remarks>
/// <param name="spec">The model.</param>
/// <param name="isSolved">Which weights are solved with GPTQ.</param>
/// <param name="options">How.</param>
public sealed class InputLosses(DecoderSpec spec, Func<TensorRole, bool> isSolved, SolveOptions options) : ILinearVisitor
{
    private readonly CollectedMoments _moments = new(spec, isSolved, options);
    private readonly Dictionary<TensorRole, float[]> _pivots = [];
    private readonly Dictionary<TensorRole, (long Rows, double GateSquares)> _gates = [];

    /// <summary>
    /// How much an error in each column of a weight counts once the columns after it made up for it: means over tokens, as importances are.
    /// One column after the other, those of all matrices where a weight works head by head. Null for a weight that is rounded.
    /// </summary>
    public float[]? Pivots(TensorRole role) => _pivots.GetValueOrDefault(role);

    /// <summary>Mean squared routing weight of the tokens that an expert's weight saw; null where none was seen, and for other weights.</summary>
    public double? MeanGate(TensorRole role) =>
        _gates.TryGetValue(role, out (long Rows, double GateSquares) gates) && gates.Rows > 0 ? gates.GateSquares / gates.Rows : null;

    /// <inheritdoc/>
    public void Begin(int firstLayer)
    {
        _pivots.Clear();
        _gates.Clear();
    }

    /// <inheritdoc/>
    public bool Wants(LinearPlace place) => place switch
    {
        LinearPlace.Head => false,
        LinearPlace.KeyQuery => Enumerable.Range(0, spec.Layers.Count).Any(layer => isSolved(new(TensorKind.AttentionKeyUp, layer))),
        _ => true,
    };

    /// <inheritdoc/>
    public int NearMisses(LinearInput input, int routed) => _moments.NearMisses(input, routed);

    /// <inheritdoc/>
    public void Visit(LinearInput input, ReadOnlySpan<float> rows, ReadOnlySpan<float> gates, RowSample sample)
    {
        _moments.Add(input, rows, gates, sample);
        if (sample != RowSample.Routed || gates.IsEmpty)
        {
            return;
        }

        double squares = 0;
        foreach (float gate in gates)
        {
            squares += (double)gate * gate;
        }

        foreach (TensorRole role in input.Weights)
        {
            (long seen, double sum) = _gates.GetValueOrDefault(role);
            _gates[role] = (seen + gates.Length, sum + squares);
        }
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<TensorRole, ReadOnlyMemory<float>>? Complete(IReadOnlyList<LinearInput> inputs, CancellationToken cancel)
    {
        LinearInput[] solved = [.. inputs.Where(_moments.Concerns)];
        float[]?[] pivots = new float[]?[solved.Length];
        int threads = Math.Max(1, options.Threads);
        int side = Math.Clamp(solved.Length, 1, threads);
        Work.For(solved.Length, side, i => pivots[i] = PivotsOf(solved[i], options with { Threads = threads / side }, cancel), cancel);
        for (int i = 0; i < solved.Length; i++)
        {
            _moments.Release(solved[i]);
            foreach (TensorRole role in solved[i].Weights.Where(isSolved))
            {
                if (pivots[i] is { } found)
                {
                    _pivots[role] = found;
                }
            }
        }

        return null;
    }

    /// <inheritdoc/>
    public void LayerDone(int layer) => _moments.Release();

    // Where the solver would round, there are none.
    private float[]? PivotsOf(LinearInput input, SolveOptions each, CancellationToken cancel)
    {
        float[] pivots = new float[input.Width];
        for (int matrix = 0; matrix < input.Matrices; matrix++)
        {
            (InputMoments? own, InputMoments? prior) = _moments.Find(input, matrix);
            TaskSetup? setup = own is null && prior is null ? null : new(new(own, prior, []), each);
            using FeedbackFactor? factor = setup is { Method: SolveMethod.Gptq } ? DampedFactor.Of(setup, each.Threads, cancel) : null;
            if (factor is null)
            {
                return null;
            }

            for (int i = 0; i < input.Columns; i++)
            {
                pivots[(matrix * input.Columns) + factor.Order[i]] = factor.Pivots[i];
            }
        }

        return pivots;
    }
}
