using ModelPack.Quantize.Calibration;

namespace ModelPack.Runtime.Evaluation;

/// <summary>A model that gives logits for windows of tokens, whatever it is stored as.</summary>
public abstract class LogitsModel : IDisposable
{
    /// <summary>Logits of a position.</summary>
    public abstract int VocabularySize { get; }

    /// <summary>What it runs on.</summary>
    public abstract RunnerDevice Device { get; }

    /// <summary>Runs windows of tokens, each an independent sequence.</summary>
    /// <param name="windows">Token ids.</param>
    /// <param name="visitor">Sees the inputs of linear layers; ignored where the model does not show them.</param>
    /// <param name="sink">Takes logits, rows in order.</param>
    /// <param name="progress">Told the share that is done.</param>
    /// <param name="cancel">Stops between steps.</param>
    /// <exception cref="Models.ModelPackException">The model cannot be read, or the runtime refuses it.</exception>
    public abstract void Run(
        IReadOnlyList<int[]> windows, ILinearVisitor? visitor, LogitsSink sink, IProgress<double>? progress, CancellationToken cancel);

    /// <inheritdoc />
    public abstract void Dispose();
}
