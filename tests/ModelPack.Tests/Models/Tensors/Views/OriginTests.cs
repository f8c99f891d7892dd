using ModelPack.Models.Tensors;
using ModelPack.Models.Tensors.Views;

namespace ModelPack.Tests.Models.Tensors.Views;

public sealed class OriginTests
{
    public static TheoryData<string> Views => ["slice", "stack", "interleaved", "permuted", "picked", "rolled", "nested"];

    [Theory]
    [MemberData(nameof(Views))]
    public void A_row_of_a_view_is_the_row_of_its_origin(string view)
    {
        Ramp first = new(12, 5);
        Ramp second = new(12, 5, 1000);
        TensorSource source = view switch
        {
            "slice" => new RowSlice(first, 3, 4),
            "stack" => new StackedSource([new RowSlice(first, 0, 0), first, new RowSlice(second, 0, 0), second]),
            "interleaved" => new InterleavedRows(first, second),
            "permuted" => new PermutedRows(first, 3),
            "picked" => new PickedRows(first, 4, 1, 2),
            "rolled" => new RolledRows(first, 4, 3),
            _ => new InterleavedRows(new PermutedRows(new RowSlice(first, 2, 8), 2), new RolledRows(new PickedRows(second, 3, 0, 2), 4, 1)),
        };
        Assert.True(source.Rows > 0);
        for (long row = 0; row < source.Rows; row++)
        {
            (TensorSource origin, long there) = Assert.NotNull(source.Origin(row));
            Assert.IsType<Ramp>(origin);
            Assert.Equal(Read(source, row), Read(origin, there));
        }
    }

    [Fact]
    public void What_is_no_row_of_a_source_has_no_origin()
    {
        Assert.Null(new TransposedHeads(new Ramp(12, 5), 4, 0, 2).Origin(0));
        Assert.Null(new ReshapedSource(new Ramp(12, 5), 10).Origin(0));
        Assert.NotNull(new ReshapedSource(new Ramp(12, 5), 5).Origin(11));
    }

    private static float[] Read(TensorSource source, long row)
    {
        float[] read = new float[source.Columns];
        source.Read(row, read);
        return read;
    }
}
