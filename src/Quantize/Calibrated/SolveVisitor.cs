using System.Runtime.CompilerServices;
using ModelPack.Models;
using ModelPack.Models.Architectures;
using ModelPack.Models.Conversion;
using ModelPack.Models.Tensors;
using ModelPack.Quantize.Calibration;
using ModelPack.Quantize.Solving;

namespace ModelPack.Quantize.Calibrated;

/// <summary>Solves every weight while the calibration tokens pass by, so that each layer sees inputs of layers already quantized.</summary>
/// <remarks>Research: the pipeline of GPTQ (arXiv 2210.17323), with the experts' moments shrunk towards those of their layer.</remarks>
public sealed class SolveVisitor : ILinearVisitor, IDisposable
{
    /// <summary>Dropped moments and weights that may lie about before they are collected.</summary>
    internal const long MostDropped = 32L << 20;

    private readonly ModelWeights _weights;
    private readonly SolveTargets _targets;
    private readonly SolveOptions _options;
    private readonly SolvedStore _store;
    private readonly CollectedMoments _moments;
    private long _dropped;

    /// <param name="weights">The model, in full precision.</param>
    /// <param name="targets">What is solved.</param>
    /// <param name="options">How.</param>
    /// <param name="folder">Where solved layers are kept until the output is written.</param>
    public SolveVisitor(ModelWeights weights, SolveTargets targets, SolveOptions options, string folder)
    {
        (_weights, _targets, _options) = (weights, targets, options);
        _moments = new(weights.Spec, IsSolved, options);
        _store = new(folder);
    }

    /// <summary>What was solved, once the pass is over.</summary>
    public Solutions Solutions => new(_targets, _store);

    /// <inheritdoc/>
    public void Begin(int firstLayer) => _store.Begin(firstLayer);

    /// <inheritdoc/>
    public bool Wants(LinearPlace place) => place switch
    {
        LinearPlace.Head => false,
        LinearPlace.KeyQuery => _targets.Grids.Keys.Any(static r => r.Kind == TensorKind.AttentionKeyUp),
        _ => true,
    };

    /// <inheritdoc/>
    public int NearMisses(LinearInput input, int routed) => _moments.NearMisses(input, routed);

    /// <inheritdoc/>
    public void Visit(LinearInput input, ReadOnlySpan<float> rows, ReadOnlySpan<float> gates, RowSample sample) =>
        _moments.Add(input, rows, gates, sample);

    /// <inheritdoc/>
    public IReadOnlyDictionary<TensorRole, ReadOnlyMemory<float>>? Complete(IReadOnlyList<LinearInput> inputs, CancellationToken cancel)
    {
        LinearInput[] solved = [.. inputs.Where(_moments.Concerns)];
        if (solved.Length == 0)
        {
            return null;
        }

        Dictionary<TensorRole, ReadOnlyMemory<float>> replaced = Solve(solved, cancel);
        Collect();
        return replaced;
    }

    /// <inheritdoc/>
    public void LayerDone(int layer)
    {
        Release();
        _store.Finish(layer);
    }

    /// <summary>Frees what an engine holds; for the end of a pass, however it ended. What was solved stays.</summary>
    public void Release() => _moments.Release();

    /// <inheritdoc/>
    public void Dispose() => _store.Dispose();

    private bool IsSolved(TensorRole role) => _targets.Find(role) is not null;

    // A method of its own: what it held is free when it returns.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private Dictionary<TensorRole, ReadOnlyMemory<float>> Solve(LinearInput[] solved, CancellationToken cancel)
    {
        SolveTask[][] tasks = [.. solved.Select(ToTasks)];
        Queue<IReadOnlyList<SolvedWeight>> results = new(Solver.SolveGroup([.. tasks.SelectMany(static t => t)], _options, cancel));
        Dictionary<TensorRole, ReadOnlyMemory<float>> replaced = [];
        for (int i = 0; i < solved.Length; i++)
        {
            IReadOnlyList<SolvedWeight>[] matrices = [.. tasks[i].Select(_ => results.Dequeue())];
            TensorRole[] roles = [.. solved[i].Weights.Where(IsSolved)];
            for (int j = 0; j < roles.Length; j++)
            {
                SolvedWeight result = SolvedMatrices.Join([.. matrices.Select(m => m[j])]);
                Keep(solved[i].Layer, roles[j], result);
                replaced[roles[j]] = result.Decoded;
                _dropped += sizeof(float) * (long)result.Decoded.Length;
            }

            _dropped += _moments.Release(solved[i]);
        }

        return replaced;
    }

    // Left alone, the runtime lets as much again pile up: arrays this large are collected late.
    private void Collect()
    {
        if (_dropped > MostDropped)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            _dropped = 0;
        }
    }

    // One task a matrix: those of heads have moments of their own.
    private SolveTask[] ToTasks(LinearInput input)
    {
        SolveWeight[] weights = [.. input.Weights.Where(IsSolved).Select(Read)];
        return [.. Enumerable.Range(0, input.Matrices).Select(m =>
        {
            (InputMoments? own, InputMoments? prior) = _moments.Find(input, m);
            return new SolveTask(own, prior, [.. weights.Select(w => SolvedMatrices.Cut(w, m, input.Matrices))]);
        })];
    }

    private SolveWeight Read(TensorRole role)
    {
        TensorSource source = _weights.Find(role);
        float[] values = new float[checked(source.Rows * source.Columns)];
        source.Read(0, values);
        int bad = Array.FindIndex(values, static v => !float.IsFinite(v));
        return bad < 0
            ? new(role.ToString(), _targets.Find(role)!, checked((int)source.Rows), values)
            : throw new InvalidCheckpointException(
                $"{role}: row {bad / source.Columns}, column {bad % source.Columns}: {values[bad]}; expected a finite weight");
    }

    private void Keep(int layer, TensorRole role, SolvedWeight result)
    {
        byte[] bytes = [.. result.Values, .. result.Scales, .. result.Zeros];
        RowGrid grid = _targets.Find(role)!;
        _store.Add(
            layer,
            new()
            {
                Role = role.ToString(),
                Grid = grid.Name,
                Method = result.Method.ToString().ToLowerInvariant(),
                Fallback = result.Fallback == SolveFallback.None ? null : FallbackText(result.Fallback),
                FellBack = result.FellBack,
                Tokens = result.Tokens,
                Shrinkage = result.Lambda,
                RelativeError = double.IsFinite(result.RelativeError) ? Math.Sqrt(Math.Max(0, result.RelativeError)) : 0,
                Rows = result.Decoded.Length / grid.Columns,
                ValueBytes = grid.ValueBytes,
                ScaleBytes = grid.ScaleBytes,
                ZeroBytes = grid.ZeroBytes,
                Offset = 0,
            },
            bytes);
    }

    private static string FallbackText(SolveFallback fallback) => fallback switch
    {
        SolveFallback.NoRows => "no token",
        SolveFallback.NotPositive => "moments are not positive definite",
        SolveFallback.NoHessian => "no moments",
        _ => "rounding is better",
    };
}
