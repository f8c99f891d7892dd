using ModelPack.Quantize.Calibration;
using ModelPack.Quantize.Solving;
using ModelPack.Quantize.Solving.Engines;

namespace ModelPack.Quantize.Calibrated;

/// <summary>Moments of what entered one input: those of each of its matrices, and of near misses.</summary>
/// <param name="input">Which input.</param>
/// <param name="engine">Keeps Gram matrices; null for memory.</param>
internal sealed class SeenMoments(LinearInput input, IMatrixEngine? engine)
{
    private float[] _part = [];

    /// <summary>Moments of the rows that each matrix saw.</summary>
    public InputMoments[] Own { get; } = [.. Enumerable.Range(0, input.Matrices).Select(_ => Create(input.Columns, engine))];

    /// <summary>Moments of near misses; null before the first.</summary>
    public InputMoments? NearMiss { get; private set; }

    /// <summary>Bytes that this holds.</summary>
    public long Bytes => Own.Sum(static m => m.Bytes) + (NearMiss?.Bytes ?? 0);

    /// <summary>Moments with a Gram matrix that an engine keeps, or memory.</summary>
    public static InputMoments Create(int columns, IMatrixEngine? engine) =>
        engine is null ? new(columns) : new(columns, engine.CreateGram(columns));

    /// <summary>Frees what an engine holds.</summary>
    public void Release()
    {
        foreach (InputMoments own in Own)
        {
            own.Release();
        }

        NearMiss?.Release();
    }

    /// <summary>Adds rows, to each matrix its part of them.</summary>
    /// <param name="rows">Row-major, of the input's width.</param>
    /// <param name="gates">Routing weight of each row; empty for none.</param>
    /// <param name="threads">Number of threads.</param>
    public void Add(ReadOnlySpan<float> rows, ReadOnlySpan<float> gates, int threads)
    {
        if (Own.Length == 1)
        {
            Own[0].Add(rows, gates, threads);
            return;
        }

        (int width, int columns, int count) = (input.Width, input.Columns, rows.Length / input.Width);
        Array.Resize(ref _part, count * columns);
        for (int matrix = 0; matrix < Own.Length; matrix++)
        {
            for (int row = 0; row < count; row++)
            {
                rows.Slice((row * width) + (matrix * columns), columns).CopyTo(_part.AsSpan(row * columns));
            }

            Own[matrix].Add(_part, gates, threads);
        }
    }

    /// <summary>Adds near misses.</summary>
    public void AddNearMiss(ReadOnlySpan<float> rows, int threads) => (NearMiss ??= Create(input.Width, engine)).Add(rows, default, threads);
}
