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
    private readonly Dictionary<LinearInput, SeenMoments> _moments = [];
    private InputMoments? _layer;
    private long _dropped;

    /// <param name="weights">The model, in full precision.</param>
    /// <param name="targets">What is solved.</param>
    /// <param name="options">How.</param>
    /// <param name="folder">Where solved layers are kept until the output is written.</param>
    public SolveVisitor(ModelWeights weights, SolveTargets targets, SolveOptions options, string folder)
    {
        (_weights, _targets, _options) = (weights, targets, options);
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

    /// <summary>Down projections of experts that saw fewer tokens than their input is wide are filled up to that number.</summary>
    public int NearMisses(LinearInput input, int routed) =>
        _options.Shrinkage > 0 && Targets(input).Any() ? Math.Max(0, InnerWidth(input) - routed) : 0;

    /// <inheritdoc/>
    public void Visit(LinearInput input, ReadOnlySpan<float> rows, ReadOnlySpan<float> gates, RowSample sample)
    {
        if (input.Place == LinearPlace.RouterInput)
        {
            (_layer ??= SeenMoments.Create(input.Width, _options.Engine)).Add(rows, default, _options.Threads);
            return;
        }

        if (!Targets(input).Any() || (sample == RowSample.NearMiss && input.Place != LinearPlace.ExpertInner))
        {
            return;
        }

        if (!_moments.TryGetValue(input, out SeenMoments? moments))
        {
            _moments.Add(input, moments = new(input, _options.Engine));
        }

        if (sample == RowSample.NearMiss)
        {
            moments.AddNearMiss(rows, _options.Threads);
        }
        else
        {
            moments.Add(rows, gates, _options.Threads);
        }
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<TensorRole, ReadOnlyMemory<float>>? Complete(IReadOnlyList<LinearInput> inputs, CancellationToken cancel)
    {
        LinearInput[] solved = [.. inputs.Where(i => i.Place != LinearPlace.RouterInput && Targets(i).Any())];
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
    public void Release()
    {
        _layer?.Release();
        _layer = null;
        foreach (SeenMoments moments in _moments.Values)
        {
            moments.Release();
        }

        _moments.Clear();
    }

    /// <inheritdoc/>
    public void Dispose() => _store.Dispose();

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
            TensorRole[] roles = [.. Targets(solved[i])];
            for (int j = 0; j < roles.Length; j++)
            {
                SolvedWeight result = SolvedMatrices.Join([.. matrices.Select(m => m[j])]);
                Keep(solved[i].Layer, roles[j], result);
                replaced[roles[j]] = result.Decoded;
                _dropped += sizeof(float) * (long)result.Decoded.Length;
            }

            if (_moments.Remove(solved[i], out SeenMoments? seen))
            {
                _dropped += seen.Bytes;
                seen.Release();
            }
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

    private IEnumerable<TensorRole> Targets(LinearInput input) => input.Weights.Where(w => _targets.Find(w) is not null);

    // One task a matrix: those of heads have moments of their own.
    private SolveTask[] ToTasks(LinearInput input)
    {
        SeenMoments? seen = _moments.GetValueOrDefault(input);
        InputMoments? prior = _options.Shrinkage <= 0 ? null : input.Place switch
        {
            LinearPlace.ExpertInput => _layer,
            LinearPlace.ExpertInner => seen?.NearMiss,
            _ => null,
        };
        SolveWeight[] weights = [.. Targets(input).Select(Read)];
        return [.. Enumerable.Range(0, input.Matrices).Select(m => new SolveTask(
            seen?.Own[m], prior, [.. weights.Select(w => SolvedMatrices.Cut(w, m, input.Matrices))]))];
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

    private int InnerWidth(LinearInput input) =>
        _weights.Spec.Layers[input.Layer].FeedForward is FeedForwardSpec.Experts experts ? experts.Size : 0;
}
