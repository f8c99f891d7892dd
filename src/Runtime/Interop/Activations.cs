using ModelPack.Runtime.Kernels;

namespace ModelPack.Runtime.Interop;

/// <summary>One row a token, in memory or in a file.</summary>
/// <param name="rows">Tokens.</param>
/// <param name="columns">Width.</param>
internal abstract class Activations(long rows, int columns) : IDisposable
{
    /// <summary>Tokens.</summary>
    public long Rows => rows;

    /// <summary>Width.</summary>
    public int Columns => columns;

    /// <summary>Whether rows may be opened from many threads at once, without scratch.</summary>
    protected abstract bool InPlace { get; }

    /// <summary>Makes rows readable and writable: themselves when they are in memory, else a copy.</summary>
    /// <param name="first">First row.</param>
    /// <param name="scratch">Where a copy may go; it says how many rows.</param>
    /// <param name="read">False when all of it will be written anyway.</param>
    public abstract FloatRows Open(long first, FloatRows scratch, bool read = true);

    /// <summary>Keeps what was written into opened rows.</summary>
    public abstract void Keep(long first, FloatRows opened);

    /// <summary>Copies the rows of some tokens.</summary>
    public void Gather(ReadOnlyMemory<int> tokens, FloatRows target) => Each(tokens.Length, i =>
    {
        FloatRows place = target.Slice(i, 1);
        FloatRows source = Open(tokens.Span[i], place);
        if (source.Address != place.Address)
        {
            source.Span.CopyTo(place.Span);
        }
    });

    /// <summary>Adds rows to those of some tokens, each token at most once.</summary>
    /// <param name="tokens">Which.</param>
    /// <param name="gates">A factor for each row.</param>
    /// <param name="rows">What is added.</param>
    /// <param name="scratch">One row.</param>
    public void ScatterAdd(ReadOnlyMemory<int> tokens, ReadOnlyMemory<float> gates, FloatRows rows, FloatRows scratch) => Each(tokens.Length, i =>
    {
        int token = tokens.Span[i];
        FloatRows target = Open(token, scratch);
        ScaledSum.Add(target.Span, rows[i], gates.Span[i]);
        Keep(token, target);
    });

    public abstract void Dispose();

    private void Each(int count, Action<int> action)
    {
        const int Few = 64;
        if (InPlace && count > Few)
        {
            Parallel.For(0, (count + Few - 1) / Few, part =>
            {
                for (int i = part * Few; i < Math.Min(count, (part + 1) * Few); i++)
                {
                    action(i);
                }
            });
            return;
        }

        for (int i = 0; i < count; i++)
        {
            action(i);
        }
    }
}
