using ModelPack.Runtime.Evaluation;

namespace ModelPack.Runtime;

/// <summary>Logits of some positions, evenly spread over all windows: a vocabulary is too wide to keep them all.</summary>
internal sealed class SampledLogits
{
    private readonly int _vocabulary;
    private readonly Dictionary<(int Window, int Position), float[]> _rows = [];
    private readonly int _every;

    /// <param name="vocabulary">Logits of a position.</param>
    /// <param name="windows">What will be run.</param>
    /// <param name="most">Positions that are kept at most.</param>
    public SampledLogits(int vocabulary, IReadOnlyList<int[]> windows, int most)
    {
        _vocabulary = vocabulary;
        _every = Math.Max(1, (windows.Sum(static w => w.Length) + most - 1) / most);
    }

    /// <summary>A <see cref="LogitsSink"/>.</summary>
    public void Keep(int window, int firstPosition, ReadOnlySpan<float> logits)
    {
        for (int i = 0; i * _vocabulary < logits.Length; i++)
        {
            if ((firstPosition + i) % _every == _every - 1)
            {
                _rows[(window, firstPosition + i)] = logits.Slice(i * _vocabulary, _vocabulary).ToArray();
            }
        }
    }

    /// <summary>Mean Kullback-Leibler divergence of another run's distributions from these, in nats.</summary>
    public double DivergenceFrom(SampledLogits other)
    {
        double sum = 0;
        foreach ((var place, float[] mine) in _rows)
        {
            float[] theirs = other._rows[place];
            sum += LogitRow.Divergence(mine, LogitRow.LogSumExp(mine), theirs, LogitRow.LogSumExp(theirs));
        }

        return _rows.Count == 0 ? 0 : Math.Max(0, sum / _rows.Count);
    }
}
