using ModelPack.Models;
using ModelPack.Models.Architectures;
using ModelPack.Models.Conversion;
using ModelPack.Models.Tensors;
using ModelPack.Runtime.Interop;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Runtime.Interop;

public sealed class WeightReaderTests
{
    private static readonly TensorRole Role = new(TensorKind.Head);

    [Theory]
    [InlineData(1, 3, 1)]
    [InlineData(1000, 700, 1)]
    [InlineData(1000, 700, 128)]
    [InlineData(3, 200_000, 1)]
    public void All_rows_are_read_once_in_whole_grains(int rows, int columns, int grain)
    {
        FakeSource source = new(rows, columns, granularity: grain) { OnRead = first => Assert.Equal(0, first % grain) };
        using BufferPool pool = new();
        using RowsLease lease = Reader(source, pool).Read(Role);
        Assert.Equal((rows, columns), (lease.Rows.Count, lease.Rows.Columns));
        for (int row = 0; row < rows; row += 13)
        {
            Assert.Equal(source.At(row, columns - 1), lease.Rows[row][^1]);
        }

        Assert.Equal(source.At(rows - 1, 0), lease.Rows[rows - 1][0]);
    }

    [Fact]
    public void A_fault_while_reading_is_the_caller_s()
    {
        FakeSource source = new(1000, 700) { OnRead = static first => throw new ModelPackException($"row {(first > 0 ? 1 : 0)}") };
        using BufferPool pool = new();
        Assert.StartsWith("row ", Assert.Throws<ModelPackException>(() => Reader(source, pool).Read(Role)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_replacement_is_used_in_place()
    {
        using BufferPool pool = new();
        WeightReader reader = Reader(new FakeSource(2, 3), pool);
        float[] values = [1, 2, 3, 4, 5, 6];
        Dictionary<TensorRole, ReadOnlyMemory<float>> replaced = new() { [Role] = values };
        using (RowsLease lease = reader.Read(Role, replaced))
        {
            Assert.Equal([4, 5, 6], lease.Rows[1].ToArray());
            values[5] = 7;
            Assert.Equal(7, lease.Rows[1][2]);
        }

        using RowsLease other = reader.Read(Role, new Dictionary<TensorRole, ReadOnlyMemory<float>> { [new(TensorKind.Embedding)] = values });
        Assert.NotEqual(1, other.Rows[0][0]);
        replaced[Role] = values.AsMemory(1);
        Assert.Equal("head: a replacement of 5 weights; expected 2 x 3", Assert.Throws<ArgumentException>(() => reader.Read(Role, replaced)).Message);
    }

    private static WeightReader Reader(TensorSource source, BufferPool pool) =>
        new(new ModelWeights(FakeDecoder.Spec, new Dictionary<TensorRole, TensorSource> { [Role] = source }, []), pool, threads: 2);
}
