using System.Collections.Concurrent;
using ModelPack.Quantize.Kernels.Matrices;
using ModelPack.Quantize.Streaming;

namespace ModelPack.Quantize.Solving;

/// <summary>Chooses the codes of a weight's rows with a factor of the Hessian.</summary>
/// <param name="rows">The rows.</param>
/// <param name="factor">Of the Hessian.</param>
/// <param name="sweeps">What improves the codes afterwards; null for nothing.</param>
/// <param name="threads">Number of threads.</param>
/// <param name="cancel">Between pieces of work.</param>
internal sealed class FeedbackSolver(
    WeightRows rows, FeedbackFactor factor, SweepFactors? sweeps, int threads, CancellationToken cancel) : IDisposable
{
    private readonly ConcurrentBag<FeedbackRows> _idle = [];

    /// <summary>Chooses scales and codes, and decodes them.</summary>
    /// <returns>The error under the factor's matrix.</returns>
    public double Choose()
    {
        double[] losses = new double[rows.Pieces];
        Work.For(rows.Pieces, threads, piece => losses[piece] = Choose(piece), cancel);
        return losses.Sum();
    }

    /// <summary>Improves the codes that were chosen, and decodes them; without sweeps they stay.</summary>
    public void Sweep() => Work.For(sweeps is null ? 0 : rows.Pieces, threads, Sweep, cancel);

    /// <summary>Compares with the nearest codes, piece by piece until these have the greater error.</summary>
    /// <param name="loss">What <see cref="Choose()"/> returned.</param>
    /// <returns>False when the nearest codes have the lower error: the rows are to be encoded again.</returns>
    public bool IsBest(double loss)
    {
        double nearest = 0;
        for (int first = 0; nearest < loss && first < rows.Pieces; first += threads)
        {
            double[] losses = new double[Math.Min(threads, rows.Pieces - first)];
            Work.For(losses.Length, threads, i => losses[i] = Nearest(first + i), cancel);
            nearest = losses.Aggregate(nearest, static (sum, piece) => sum + piece);
        }

        return nearest >= loss;
    }

    public void Dispose()
    {
        foreach (FeedbackRows idle in _idle)
        {
            idle.Dispose();
        }
    }

    private double Choose(int piece)
    {
        rows.Encode(piece, rows.EncodedOf(piece));
        return With(kernel =>
        {
            ReadGrids(kernel, piece);
            byte[] codes = new byte[rows.RowsOf(piece) * rows.Grid.Columns];
            double loss = kernel.Round(factor, rows.WeightsOf(piece), codes);
            rows.Store(piece, codes);
            return loss;
        });
    }

    private void Sweep(int piece) => With(kernel =>
    {
        ReadGrids(kernel, piece);
        byte[] codes = new byte[rows.RowsOf(piece) * rows.Grid.Columns];
        kernel.Sweep(sweeps!.Forth, sweeps.Back, rows.WeightsOf(piece), rows.DecodedOf(piece), sweeps.Count, codes);
        rows.Store(piece, codes);
        return 0;
    });

    private void ReadGrids(FeedbackRows kernel, int piece)
    {
        int runs = rows.Grid.Layout.Runs;
        LevelStep[] steps = rows.StepsOf(piece);
        for (int i = 0; i < steps.Length; i++)
        {
            kernel.SetGrid(i / runs, i % runs, steps[i].Step, steps[i].Offset, steps[i].Lowest);
        }
    }

    private double Nearest(int piece)
    {
        int count = rows.RowsOf(piece);
        byte[] values = new byte[count * rows.Grid.ValueBytes];
        byte[] scales = new byte[count * rows.Grid.ScaleBytes];
        byte[] zeros = new byte[count * rows.Grid.ZeroBytes];
        float[] decoded = new float[count * rows.Grid.Columns];
        EncodedRows encoded = new(values, scales, zeros);
        rows.Encode(piece, encoded);
        rows.Grid.Decode(encoded, decoded);
        return With(kernel => kernel.Measure(factor, rows.WeightsOf(piece), decoded));
    }

    private double With(Func<FeedbackRows, double> work)
    {
        if (!_idle.TryTake(out FeedbackRows? kernel))
        {
            kernel = new(rows.Grid.Columns, rows.Grid.Layout.Run, rows.Grid.Layout.Runs, rows.Grid.Layout.Top);
        }

        double result = work(kernel);
        _idle.Add(kernel);
        return result;
    }
}
