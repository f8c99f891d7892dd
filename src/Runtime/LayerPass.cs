using Microsoft.ML.OnnxRuntime;
using ModelPack.Models.Architectures;
using ModelPack.Models.Conversion;
using ModelPack.Quantize.Calibration;
using ModelPack.Runtime.Interop;
using ModelPack.Runtime.Passes;

namespace ModelPack.Runtime;

/// <summary>Runs tokens through a model, one layer at a time, and shows what every linear layer sees.</summary>
/// <remarks>
/// All tokens go through a layer before the next one is read, so that a model larger than memory runs. Products are computed by ONNX
/// Runtime in float32; weights of any stored type are decoded a matrix at a time. Not for two threads at once.
/// </remarks>
public sealed class LayerPass : IDisposable
{
    private readonly ModelWeights _weights;
    private readonly RunnerOptions _options;
    private readonly SessionOptions _session;
    private readonly BlockSet _blocks;

    private LayerPass(ModelWeights weights, RunnerOptions options, RunnerDevice device, SessionOptions session)
    {
        (_weights, _options, _session, Device) = (weights, options, session, device);
        _blocks = new(weights.Spec, session);
    }

    /// <summary>What was chosen, and why.</summary>
    public RunnerDevice Device { get; }

    /// <summary>What the model computes.</summary>
    public DecoderSpec Spec => _weights.Spec;

    private int Threads => _options.Threads ?? Environment.ProcessorCount;

    private long Budget => _options.MemoryBytes ?? (GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2);

    /// <summary>Chooses the device.</summary>
    /// <param name="weights">The model; its files must stay open.</param>
    /// <param name="options">How to run.</param>
    /// <exception cref="RuntimeException">ONNX Runtime cannot be loaded, or the device cannot be used.</exception>
    public static LayerPass Open(ModelWeights weights, RunnerOptions options)
    {
        (RunnerDevice device, SessionOptions session) = DeviceChoice.Open(options.Device, options.Threads ?? Environment.ProcessorCount);
        return new(weights, options, device, session);
    }

    /// <summary>What a pass would need.</summary>
    /// <param name="windows">Token ids, each an independent sequence from position 0.</param>
    /// <param name="visitor">Who would look.</param>
    /// <param name="logits">Whether logits would be wanted.</param>
    /// <exception cref="Models.ModelPackException">The windows cannot be run.</exception>
    public PassEstimate Estimate(IReadOnlyList<int[]> windows, ILinearVisitor? visitor, bool logits = true)
    {
        Check(windows);
        return Plan(windows, visitor, logits).Estimate;
    }

    /// <summary>Runs all windows through the model.</summary>
    /// <param name="windows">Token ids, each an independent sequence from position 0.</param>
    /// <param name="visitor">Sees the inputs of linear layers; null for nobody.</param>
    /// <param name="logits">Takes logits; null when they are not wanted.</param>
    /// <param name="progress">Hears of every batch.</param>
    /// <param name="cancel">Ends the pass between batches; the last finished layer's checkpoint stays.</param>
    /// <exception cref="Models.ModelPackException">The windows, the weights or the state cannot be used, or a file cannot be written.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public void Run(
        IReadOnlyList<int[]> windows, ILinearVisitor? visitor, LogitsSink? logits, IProgress<PassProgress>? progress, CancellationToken cancel)
    {
        Check(windows);
        PassPlan plan = Plan(windows, visitor, logits is not null);
        PassState? state = _options.StateFolder is { } folder
            ? new(folder, PassState.FingerprintOf(_options.Fingerprint, windows), plan.Tokens, Spec.HiddenSize)
            : null;
        int first = _options.Resume && state is not null ? state.Layers() : 0;
        if (first == 0)
        {
            state?.Clear();
        }

        bool head = logits is not null || visitor?.Wants(LinearPlace.Head) == true;
        PassMeter? meter = progress is null ? null : new(progress, Spec.Layers.Count, first, Spec.Layers.Count - first + (head ? 1 : 0), plan.Tokens);
        using BufferPool pool = new();
        using SpillFolder spill = SpillFolder.Of(_options.StateFolder, plan.MaySpill);
        WeightReader reader = new(_weights, pool, Threads);
        using PassContext context = new(Spec, _blocks, pool, reader, plan, visitor, spill.Path, meter, cancel);
        visitor?.Begin(first);
        if (first > 0)
        {
            state!.Load(first, context);
        }
        else
        {
            new EmbeddingStage(context, windows).Run();
        }

        for (int layer = first; layer < Spec.Layers.Count; layer++)
        {
            meter?.Layer = layer;
            RunLayer(context, layer);
            pool.Trim();
            state?.Save(layer + 1, context);
            visitor?.LayerDone(layer);
            context.Report(1);
        }

        meter?.Layer = Spec.Layers.Count;
        new HeadStage(context, logits).Run();
    }

    public void Dispose()
    {
        _blocks.Dispose();
        _session.Dispose();
    }

    private static void RunLayer(PassContext context, int layer)
    {
        new AttentionStage(context, layer).Run();
        context.Pool.Trim();
        context.Report(0.5);
        switch (context.Spec.Layers[layer].FeedForward)
        {
            case FeedForwardSpec.Dense dense:
                DenseStage.RunLayer(context, layer, dense);
                break;
            case FeedForwardSpec.Experts experts:
                new ExpertStage(context, layer, experts).Run();
                break;
            case var other:
                throw new ArgumentException($"{other.GetType()} has no graph yet.");
        }
    }

    private PassPlan Plan(IReadOnlyList<int[]> windows, ILinearVisitor? visitor, bool logits) =>
        new(Spec, windows, place => visitor?.Wants(place) == true, logits, Budget, Device.Gpu is not null);

    private void Check(IReadOnlyList<int[]> windows)
    {
        if (!windows.Any(static w => w.Length > 0))
        {
            throw RuntimeFaults.NoTokens();
        }

        for (int i = 0; i < windows.Count; i++)
        {
            if (windows[i].Length > Spec.ContextLength)
            {
                throw RuntimeFaults.LongWindow(i, windows[i].Length, Spec.ContextLength);
            }

            int bad = Array.FindIndex(windows[i], t => t < 0 || t >= Spec.VocabularySize);
            if (bad >= 0)
            {
                throw RuntimeFaults.BadToken(i, bad, windows[i][bad], Spec.VocabularySize);
            }
        }
    }
}
