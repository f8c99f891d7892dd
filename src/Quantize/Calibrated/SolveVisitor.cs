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
    private readonly Dictionary<LinearInput, (InputMoments Own, InputMoments? NearMiss)> _moments = [];
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
    public bool Wants(LinearPlace place) => place != LinearPlace.Head;

    /// <summary>Down projections of experts that saw fewer tokens than their input is wide are filled up to that number.</summary>
    public int NearMisses(LinearInput input, int routed) =>
        _options.Shrinkage > 0 && input.Weights.Any(w => _targets.Find(w) is not null) ? Math.Max(0, InnerWidth(input) - routed) : 0;

    /// <inheritdoc/>
    public void Visit(LinearInput input, ReadOnlySpan<float> rows, ReadOnlySpan<float> gates, RowSample sample)
    {
        if (input.Place == LinearPlace.RouterInput)
        {
            (_layer ??= Create(input)).Add(rows, default, _options.Threads);
            return;
        }

        if (!input.Weights.Any(w => _targets.Find(w) is not null) || (sample == RowSample.NearMiss && input.Place != LinearPlace.ExpertInner))
        {
            return;
        }

        if (!_moments.TryGetValue(input, out var moments))
        {
            moments = (Create(input), null);
        }

        if (sample == RowSample.NearMiss)
        {
            moments.NearMiss ??= Create(input);
            moments.NearMiss.Add(rows, default, _options.Threads);
        }
        else
        {
            moments.Own.Add(rows, gates, _options.Threads);
        }

        _moments[input] = moments;
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<TensorRole, ReadOnlyMemory<float>>? Complete(IReadOnlyList<LinearInput> inputs, CancellationToken cancel)
    {
        LinearInput[] solved = [.. inputs.Where(i => i.Place != LinearPlace.RouterInput && i.Weights.Any(w => _targets.Find(w) is not null))];
        if (solved.Length == 0)
        {
            return null;
        }

        SolveTask[] tasks = [.. solved.Select(ToTask)];
        IReadOnlyList<IReadOnlyList<SolvedWeight>> results = Solver.SolveGroup(tasks, _options, cancel);
        Dictionary<TensorRole, ReadOnlyMemory<float>> replaced = [];
        for (int i = 0; i < solved.Length; i++)
        {
            TensorRole[] roles = [.. solved[i].Weights.Where(w => _targets.Find(w) is not null)];
            for (int j = 0; j < roles.Length; j++)
            {
                Keep(solved[i].Layer, roles[j], tasks[i].Weights[j], results[i][j]);
                replaced[roles[j]] = results[i][j].Decoded;
                _dropped += sizeof(float) * (long)tasks[i].Weights[j].Values.Length;
            }

            _dropped += (tasks[i].Own?.Bytes ?? 0) + (tasks[i].Prior is { } prior && prior != _layer ? prior.Bytes : 0);
            Release(solved[i]);
            tasks[i] = null!;
        }

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
        foreach (LinearInput input in _moments.Keys.ToArray())
        {
            Release(input);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _store.Dispose();

    // Left alone, the runtime lets as much again pile up: arrays this large are collected late.
    private void Collect()
    {
        if (_dropped > MostDropped)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            _dropped = 0;
        }
    }

    private InputMoments Create(LinearInput input) =>
        _options.Engine is { } engine ? new(input.Width, engine.CreateGram(input.Width)) : new(input.Width);

    private void Release(LinearInput input)
    {
        if (_moments.Remove(input, out var moments))
        {
            moments.Own.Release();
            moments.NearMiss?.Release();
        }
    }

    private SolveTask ToTask(LinearInput input)
    {
        (InputMoments? own, InputMoments? nearMiss) = _moments.GetValueOrDefault(input);
        InputMoments? prior = input.Place switch
        {
            LinearPlace.ExpertInput => _layer,
            LinearPlace.ExpertInner => nearMiss,
            _ => null,
        };
        return new(own, _options.Shrinkage > 0 ? prior : null, [.. input.Weights.Where(w => _targets.Find(w) is not null).Select(Read)]);
    }

    private SolveWeight Read(TensorRole role)
    {
        TensorSource source = _weights.Tensors[role];
        float[] values = new float[checked(source.Rows * source.Columns)];
        source.Read(0, values);
        int bad = Array.FindIndex(values, static v => !float.IsFinite(v));
        return bad < 0
            ? new(role.ToString(), _targets.Find(role)!, checked((int)source.Rows), values)
            : throw new InvalidCheckpointException(
                $"{role}: row {bad / source.Columns}, column {bad % source.Columns}: {values[bad]}; expected a finite weight");
    }

    private void Keep(int layer, TensorRole role, SolveWeight weight, SolvedWeight result)
    {
        byte[] bytes = [.. result.Values, .. result.Scales, .. result.Zeros];
        _store.Add(
            layer,
            new()
            {
                Role = role.ToString(),
                Grid = weight.Grid.Name,
                Method = result.Method.ToString().ToLowerInvariant(),
                Fallback = result.Fallback == SolveFallback.None ? null : FallbackText(result.Fallback),
                FellBack = result.FellBack,
                Tokens = result.Tokens,
                Shrinkage = result.Lambda,
                RelativeError = double.IsFinite(result.RelativeError) ? Math.Sqrt(Math.Max(0, result.RelativeError)) : 0,
                Rows = weight.Rows,
                ValueBytes = weight.Grid.ValueBytes,
                ScaleBytes = weight.Grid.ScaleBytes,
                ZeroBytes = weight.Grid.ZeroBytes,
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
