using ModelPack.Models;
using ModelPack.Runtime.Interop;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Runtime.Interop;

/// <summary>Rows in memory and rows in a file behave alike.</summary>
public sealed class ActivationsTests
{
    private const int Rows = 200;
    private const int Columns = 5;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Rows_come_back_as_they_were_kept(bool inFile)
    {
        using TempFolder folder = new();
        using Activations activations = Filled(folder, inFile);
        using NativeBuffer scratch = new(Rows * Columns);
        Assert.Equal(Enumerable.Range(7 * Columns, 3 * Columns).Select(static i => (float)i), activations.Open(7, scratch.Rows(3, Columns)).Span.ToArray());
        Assert.Equal(Rows * Columns - 1, activations.Open(Rows - 1, scratch.Rows(1, Columns)).Span[^1]);
        Assert.Throws<ArgumentOutOfRangeException>(() => activations.Open(Rows - 1, scratch.Rows(2, Columns)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Rows_are_gathered_and_added_to_by_token(bool inFile)
    {
        using TempFolder folder = new();
        using Activations activations = Filled(folder, inFile);
        using NativeBuffer gathered = new(Rows * Columns);
        using NativeBuffer row = new(Columns);

        // More than one thread's share, in no order.
        int[] tokens = [.. Enumerable.Range(0, Rows).Select(static i => i * 7 % Rows).Where(static t => t != 3)];
        float[] gates = [.. tokens.Select(static t => t % 2 == 0 ? 1f : -2f)];
        FloatRows rows = gathered.Rows(tokens.Length, Columns);
        activations.Gather(tokens, rows);
        Assert.Equal(tokens.SelectMany(static t => Enumerable.Range(t * Columns, Columns)).Select(static i => (float)i), rows.Span.ToArray());
        activations.ScatterAdd(tokens, gates, rows, row.Rows(1, Columns));
        using NativeBuffer all = new(Rows * Columns);
        float[] sums = activations.Open(0, all.Rows(Rows, Columns)).Span.ToArray();
        Assert.Equal(
            Enumerable.Range(0, Rows * Columns).Select(static i => i / Columns == 3 ? i : i / Columns % 2 == 0 ? 2f * i : -1f * i),
            sums);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_file_is_gone_with_its_object_unless_it_is_kept(bool temporary)
    {
        using TempFolder folder = new();
        string path = folder.File("rows.f32");
        using (FileActivations activations = new(path, Rows, Columns, temporary))
        {
            using NativeBuffer values = new(Columns);
            values.Rows(1, Columns).Span.Fill(1);
            activations.Keep(2, values.Rows(1, Columns));
            activations.Flush();
            Assert.Equal(3 * Columns * sizeof(float), new FileInfo(path).Length);
        }

        Assert.Equal(!temporary, File.Exists(path));
    }

    [Fact]
    public void A_file_that_ends_early_is_named()
    {
        using TempFolder folder = new();
        string path = folder.Write("rows.f32", new byte[10 * sizeof(float)]);
        using FileActivations activations = new(path, Rows, Columns, temporary: false);
        using NativeBuffer scratch = new(3 * Columns);
        activations.Open(0, scratch.Rows(2, Columns));
        ModelPackException e = Assert.Throws<ModelPackException>(() => activations.Open(1, scratch.Rows(2, Columns)));
        Assert.Equal($"{path}: cannot read: ends at byte 40", e.Message);
    }

    [Fact]
    public void Memory_is_never_seen_beyond_its_end()
    {
        using NativeBuffer buffer = new(12);
        Assert.Equal(12, buffer.Rows(3, 4).Length);
        Assert.Equal(4, buffer.Rows(8, 1, 4).Span.Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.Rows(4, 4));
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.Rows(9, 1, 4));
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.Rows(-1, 1, 4));
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.Rows(3, 4).Slice(2, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.Rows(3, 4).Slice(-1, 1));
        buffer.Dispose();
        Assert.Throws<ObjectDisposedException>(() => buffer.Rows(1, 1));
    }

    [Fact]
    public void A_pool_gives_back_what_it_got()
    {
        using BufferPool pool = new();
        NativeBuffer first = pool.Rent(10);
        NativeBuffer other = pool.Rent(10);
        Assert.NotSame(first, other);
        pool.Return(first);
        Assert.NotSame(first, pool.Rent(11));
        Assert.Same(first, pool.Rent(10));
        pool.Return(other);
        pool.Trim();
        Assert.Throws<ObjectDisposedException>(() => other.Rows(1, 1));
        Assert.NotSame(other, pool.Rent(10));
    }

    private static Activations Filled(TempFolder folder, bool inFile)
    {
        Activations activations = inFile
            ? new FileActivations(folder.File("rows.f32"), Rows, Columns, temporary: true)
            : new MemoryActivations(Rows, Columns, threads: 2);
        using NativeBuffer scratch = new(Rows * Columns);
        FloatRows rows = activations.Open(0, scratch.Rows(Rows, Columns), read: false);
        for (int i = 0; i < Rows * Columns; i++)
        {
            rows.Span[i] = i;
        }

        activations.Keep(0, rows);
        return activations;
    }
}
