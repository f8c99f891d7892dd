namespace ModelPack.Runtime.Passes;

/// <summary>Counts tokens times steps for a progress line.</summary>
/// <param name="progress">Hears of it.</param>
/// <param name="layers">Layers of the model.</param>
/// <param name="firstLayer">First layer of this run.</param>
/// <param name="steps">Layers of this run, and the head if it is run.</param>
/// <param name="tokens">Tokens of all windows.</param>
internal sealed class PassMeter(IProgress<PassProgress> progress, int layers, int firstLayer, int steps, long tokens)
{
    /// <summary>The layer that is computed.</summary>
    public int Layer { get; set; }

    /// <summary>Tells that a part of the layer is done.</summary>
    public void Report(double share)
    {
        long done = (long)((Layer - firstLayer + Math.Clamp(share, 0, 1)) * tokens);
        progress.Report(new(Layer, layers, Math.Min(done, steps * tokens), steps * tokens));
    }
}
