using ModelPack.Quantize.Calibration;
using ModelPack.Runtime;
using ModelPack.Runtime.Evaluation;

namespace ModelPack.Tests.Runtime.Evaluation;

/// <summary>A model whose logits follow from a rule; gives them in pieces of some rows.</summary>
internal sealed class FakeLogits(int vocabulary, Func<int, int, float> logit, int piece = 3) : LogitsModel
{
    /// <summary>Times that it was run.</summary>
    public int Runs { get; private set; }

    /// <summary>Whether it was disposed of.</summary>
    public bool Closed { get; private set; }

    public override int VocabularySize => vocabulary;

    public override RunnerDevice Device { get; } = new("cpu", "as asked");

    public override void Run(
        IReadOnlyList<int[]> windows, ILinearVisitor? visitor, LogitsSink sink, IProgress<double>? progress, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        Runs++;
        visitor?.Begin(0);
        for (int window = 0; window < windows.Count; window++)
        {
            int[] tokens = windows[window];
            for (int first = 0; first < tokens.Length; first += piece)
            {
                int rows = Math.Min(piece, tokens.Length - first);
                float[] logits = [.. Enumerable.Range(0, rows * vocabulary).Select(i => logit(tokens[first + (i / vocabulary)], i % vocabulary))];
                sink(window, first, logits);
            }

            visitor?.Visit(new(LinearPlace.RouterInput, 0, null, 1, []), [1], [], RowSample.Routed);
            progress?.Report((window + 1.0) / windows.Count);
        }
    }

    public override void Dispose() => Closed = true;
}
