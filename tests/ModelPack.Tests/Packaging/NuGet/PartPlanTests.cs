using ModelPack.Models;
using ModelPack.Packaging.NuGet;

namespace ModelPack.Tests.Packaging.NuGet;

public sealed class PartPlanTests
{
    private static readonly long Overhead = StoredZip.Overhead("part/00001-001.bin");

    [Theory]
    [InlineData("0", "1:0")]
    [InlineData("100", "1:100")]
    [InlineData("99 1", "1:99 2:1")]
    [InlineData("101", "1:100 2:1")]
    [InlineData("200", "1:100 2:100")]
    [InlineData("60 60", "1:60 2:60")]
    [InlineData("250 3", "1:100 2:100 3:50 4:3")]
    [InlineData("3 250", "1:3 2:100 3:100 4:50")]
    public void A_file_is_cut_only_where_it_fits_into_no_part(string lengths, string expected)
    {
        IReadOnlyList<PackageSlice> slices = PartPlan.Of("x", [.. lengths.Split(' ').Select(long.Parse)], 100 + Overhead);
        Assert.Equal(expected, string.Join(' ', slices.Select(static s => $"{s.Part}:{s.Bytes}")));
    }

    [Fact]
    public void What_is_left_of_a_part_takes_small_files_and_the_head_of_a_large_one()
    {
        IReadOnlyList<PackageSlice> slices = PartPlan.Of("x", [10, 20, 500], 600);
        Assert.Equal([1, 1, 1, 2], slices.Select(static s => s.Part));
        Assert.Equal(600 - (3 * Overhead) - 30, slices[2].Bytes);
        Assert.Equal((slices[2].Bytes, 2), (slices[3].Offset, slices[3].Number));
    }

    [Fact]
    public void Every_byte_is_in_one_slice_and_no_part_holds_more_than_it_may()
    {
        Random random = new(1);
        for (int round = 0; round < 200; round++)
        {
            long capacity = Overhead + random.Next(20, 300);
            long[] lengths = [.. Enumerable.Range(0, random.Next(1, 12)).Select(_ => (long)random.Next(0, 900))];
            IReadOnlyList<PackageSlice> slices = PartPlan.Of("x", lengths, capacity);
            for (int file = 0; file < lengths.Length; file++)
            {
                long at = 0;
                foreach ((PackageSlice slice, int i) in slices.Where(s => s.File == file).Select(static (s, i) => (s, i)))
                {
                    Assert.Equal((at, i + 1), (slice.Offset, slice.Number));
                    at += slice.Bytes;
                }

                Assert.Equal(lengths[file], at);
            }

            Assert.All(slices.GroupBy(static s => s.Part), part => Assert.True(part.Sum(static s => s.Bytes + Overhead) <= capacity));
            Assert.Equal(Enumerable.Range(1, slices[^1].Part), slices.Select(static s => s.Part).Distinct());
        }
    }

    [Fact]
    public void Too_many_parts_are_refused_with_the_way_out()
    {
        ModelPackException fault = Assert.Throws<ModelPackException>(() => PartPlan.Of("acme", [999 * 100 + 1], 100 + Overhead));
        Assert.Contains("raise --part-size", fault.Message, StringComparison.Ordinal);
        Assert.Equal(999, PartPlan.Of("acme", [999 * 100], 100 + Overhead)[^1].Part);
    }
}
