using ModelPack.Runtime.Evaluation;

namespace ModelPack.Runtime;

/// <summary>What a model predicts at some positions, evenly spread over all windows: its likeliest tokens, and what is left for all others.</summary>
/// <remarks>
/// A vocabulary is too wide to keep. Divergences are of these coarser distributions: never greater than those of the whole ones, and
/// nearly as great.
/// </remarks>
internal sealed class KeptPredictions
{
    /// <summary>Bytes of a position.</summary>
    public const long PositionBytes = 64 + (MostTokens * (sizeof(int) + sizeof(double)));

    private const int MostTokens = 256;

    private readonly int _vocabulary;
    private readonly int _every;
    private readonly Dictionary<(int Window, int Position), Prediction> _kept = [];

    /// <param name="vocabulary">Logits of a position.</param>
    /// <param name="windows">What will be run.</param>
    /// <param name="most">Positions that are kept at most.</param>
    public KeptPredictions(int vocabulary, IReadOnlyList<int[]> windows, int most)
    {
        _vocabulary = vocabulary;
        _every = Math.Max(1, (windows.Sum(static w => w.Length) + most - 1) / most);
    }

    /// <summary>Positions that are kept.</summary>
    public int Count => _kept.Count;

    /// <summary>A <see cref="LogitsSink"/>.</summary>
    public void Keep(int window, int firstPosition, ReadOnlySpan<float> logits)
    {
        for (int i = 0; i * _vocabulary < logits.Length; i++)
        {
            if ((firstPosition + i) % _every == _every - 1)
            {
                _kept[(window, firstPosition + i)] = Likeliest(_kept.Count, logits.Slice(i * _vocabulary, _vocabulary));
            }
        }
    }

    /// <summary>Kullback-Leibler divergences of another run's predictions from these, in nats, in the order of positions.</summary>
    /// <param name="run">Runs the same windows.</param>
    public double[] Divergences(Action<LogitsSink> run)
    {
        double[] divergences = new double[_kept.Count];
        run((window, firstPosition, logits) =>
        {
            for (int i = 0; i * _vocabulary < logits.Length; i++)
            {
                if (_kept.TryGetValue((window, firstPosition + i), out Prediction kept))
                {
                    divergences[kept.Index] = Divergence(kept, logits.Slice(i * _vocabulary, _vocabulary));
                }
            }
        });
        return divergences;
    }

    private static Prediction Likeliest(int index, ReadOnlySpan<float> logits)
    {
        PriorityQueue<int, float> heap = new(MostTokens + 1);
        for (int token = 0; token < logits.Length; token++)
        {
            if (heap.Count < MostTokens)
            {
                heap.Enqueue(token, logits[token]);
            }
            else if (heap.TryPeek(out _, out float least) && logits[token] > least)
            {
                heap.DequeueEnqueue(token, logits[token]);
            }
        }

        double sum = LogitRow.LogSumExp(logits);
        int[] tokens = [.. heap.UnorderedItems.Select(static i => i.Element).Order()];
        double[] logs = new double[tokens.Length];
        for (int i = 0; i < tokens.Length; i++)
        {
            logs[i] = logits[tokens[i]] - sum;
        }

        return new(index, tokens, logs);
    }

    private static double Divergence(Prediction kept, ReadOnlySpan<float> logits)
    {
        double sum = LogitRow.LogSumExp(logits);
        (double divergence, double mine, double theirs) = (0, 1, 1);
        for (int i = 0; i < kept.Tokens.Length; i++)
        {
            double log = logits[kept.Tokens[i]] - sum;
            divergence += Math.Exp(kept.Logs[i]) * (kept.Logs[i] - log);
            mine -= Math.Exp(kept.Logs[i]);
            theirs -= Math.Exp(log);
        }

        // Both are sums of many small numbers: what is below their rounding is nothing.
        return Math.Max(0, divergence + (mine > 1e-9 && theirs > 1e-9 ? mine * Math.Log(mine / theirs) : 0));
    }

    private readonly record struct Prediction(int Index, int[] Tokens, double[] Logs);
}
