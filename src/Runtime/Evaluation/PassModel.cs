using ModelPack.Models.Conversion;
using ModelPack.Quantize.Calibration;

namespace ModelPack.Runtime.Evaluation;

/// <summary>A checkpoint or a GGUF file, run layer by layer.</summary>
public sealed class PassModel : LogitsModel
{
    private readonly LayerPass _pass;

    /// <param name="weights">The model; its files must stay open.</param>
    /// <param name="options">How to run.</param>
    /// <exception cref="RuntimeException">ONNX Runtime cannot be loaded, or the device cannot be used.</exception>
    public PassModel(ModelWeights weights, RunnerOptions options) => _pass = LayerPass.Open(weights, options);

    /// <inheritdoc />
    public override int VocabularySize => _pass.Spec.VocabularySize;

    /// <inheritdoc />
    public override RunnerDevice Device => _pass.Device;

    /// <inheritdoc />
    public override void Run(
        IReadOnlyList<int[]> windows, ILinearVisitor? visitor, LogitsSink sink, IProgress<double>? progress, CancellationToken cancel) =>
        _pass.Run(windows, visitor, sink, progress is null ? null : new Share(progress), cancel);

    /// <inheritdoc />
    public override void Dispose() => _pass.Dispose();

    private sealed class Share(IProgress<double> progress) : IProgress<PassProgress>
    {
        public void Report(PassProgress value) => progress.Report(value.Tokens == 0 ? 1 : (double)value.TokensDone / value.Tokens);
    }
}
