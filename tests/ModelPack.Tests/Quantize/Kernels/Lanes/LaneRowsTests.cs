using System.Runtime.CompilerServices;
using ModelPack.Quantize.Kernels.Lanes;

namespace ModelPack.Tests.Quantize.Kernels.Lanes;

public sealed class LaneRowsTests
{
    [Theory]
    [InlineData(1, 16)]
    [InlineData(3, 8)]
    [InlineData(15, 32)]
    [InlineData(16, 32)]
    [InlineData(17, 4)]
    public unsafe void Block_j_becomes_lane_j_and_the_last_one_fills_up(int blocks, int size)
    {
        float[] source = [.. Enumerable.Range(0, blocks * size).Select(static i => (float)i)];
        byte* memory = stackalloc byte[LaneRows.Bytes(size)];
        LaneRows rows = new(memory);
        rows.Transpose(source, size);
        for (int l = 0; l < size; l++)
        {
            for (int lane = 0; lane < 16; lane++)
            {
                Assert.Equal(source[(Math.Min(lane, blocks - 1) * size) + l], rows[l, lane]);
            }
        }
    }

    [Fact]
    public unsafe void Blocks_may_begin_anywhere_in_the_source()
    {
        float[] source = [.. Enumerable.Range(0, 40).Select(static i => (float)i)];
        int[] starts = [.. Enumerable.Range(0, 16).Select(static lane => lane * 11 % 33)];
        byte* memory = stackalloc byte[LaneRows.Bytes(8)];
        LaneRows rows = new(memory);
        rows.Transpose(source, starts, 8);
        for (int lane = 0; lane < 16; lane++)
        {
            Assert.Equal(starts[lane] + 7, rows[7, lane]);
        }
    }

    [Theory]
    [InlineData(33)]
    [InlineData(-1)]
    [InlineData(int.MaxValue)]
    [InlineData(int.MinValue)]
    public void A_block_that_leaves_the_source_is_refused(int start)
    {
        int[] starts = new int[16];
        starts[13] = start;
        Assert.Throws<ArgumentOutOfRangeException>(() => Transpose(starts));

        static unsafe void Transpose(int[] starts)
        {
            byte* memory = stackalloc byte[LaneRows.Bytes(8)];
            new LaneRows(memory).Transpose(new float[40], starts, 8);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(63)]
    public unsafe void Rows_begin_at_cache_lines_inside_their_memory(int offset)
    {
        byte* stack = stackalloc byte[LaneRows.Bytes(2) + offset];
        byte* memory = stack + offset;
        LaneRows rows = new(memory);
        Assert.Equal(0, (nint)rows.First % 64);
        Assert.InRange((nint)rows.First - (nint)memory, 0, 63);
        Assert.True(Unsafe.AreSame(ref rows[1, 0], ref rows.From(1)[0, 0]));
    }
}
