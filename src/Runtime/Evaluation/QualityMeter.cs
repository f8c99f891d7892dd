using System.Runtime.ExceptionServices;
using ModelPack.Quantize.Calibration;

namespace ModelPack.Runtime.Evaluation;

/// <summary>Scores logits as they come: the loss of each scored token, and the divergence from a reference.</summary>
/// <param name="model">Name of the model, for messages.</param>
/// <param name="windows">The windows that were shown.</param>
/// <param name="vocabulary">Logits of a position.</param>
/// <param name="reference">The reference's logits of the same windows; null for none.</param>
internal sealed class QualityMeter(string model, TokenWindows windows, int vocabulary, ReferenceLogits? reference)
{
    private readonly TokenScore[] _scores = new TokenScore[windows.All.Count * windows.Scored];

    /// <summary>One for each scored token, window by window, whatever order they came in.</summary>
    public IReadOnlyList<TokenScore> Scores => _scores;

    /// <summary>Scores those rows that count.</summary>
    /// <param name="window">Index of the window.</param>
    /// <param name="firstPosition">Position of the first row.</param>
    /// <param name="logits">Rows × vocabulary.</param>
    /// <exception cref="Models.ModelPackException">Logits are not finite.</exception>
    public unsafe void Add(int window, int firstPosition, ReadOnlySpan<float> logits)
    {
        int first = Math.Max(firstPosition, windows.FirstScored);
        int end = Math.Min(firstPosition + (logits.Length / vocabulary), windows.Context - 1);
        if (first >= end)
        {
            return;
        }

        fixed (float* rows = logits)
        {
            // Each row fills its own place, so that the result does not depend on the threads.
            nint start = (nint)rows;
            try
            {
                Parallel.For(first, end, () => reference is null ? [] : new float[vocabulary], (position, _, known) =>
                {
                    ReadOnlySpan<float> row = new((float*)start + ((long)(position - firstPosition) * vocabulary), vocabulary);
                    _scores[(window * windows.Scored) + position - windows.FirstScored] = Score(window, position, row, known);
                    return known;
                }, static _ => { });
            }
            catch (AggregateException faults)
            {
                // Whichever row came first to a thread: the message names a row that is bad in any case.
                ExceptionDispatchInfo.Throw(faults.InnerExceptions[0]);
            }
        }
    }

    private TokenScore Score(int window, int position, ReadOnlySpan<float> logits, float[] known)
    {
        double sum = LogitRow.LogSumExp(logits);
        int next = windows.All[window][position + 1];
        if (!double.IsFinite(sum))
        {
            throw EvaluationFaults.NotFinite(model, window, position);
        }

        if (reference is null)
        {
            return new(sum - logits[next], 0, false);
        }

        reference.Read(window, position, known);
        double divergence = LogitRow.Divergence(known, LogitRow.LogSumExp(known), logits, sum);
        return new(sum - logits[next], divergence, LogitRow.Top(known) == LogitRow.Top(logits));
    }
}
