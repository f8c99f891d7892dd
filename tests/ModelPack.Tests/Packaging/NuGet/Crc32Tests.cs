using ModelPack.Packaging.NuGet;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Packaging.NuGet;

public sealed class Crc32Tests
{
    [Theory]
    [InlineData("", 0u)]
    [InlineData("a", 0xe8b7be43)]
    [InlineData("123456789", 0xcbf43926)]
    public void The_published_check_values_come_out(string text, uint expected)
    {
        Crc32 crc = new();
        crc.Append(TestPackage.Text(text));
        Assert.Equal(expected, crc.Value);
    }

    [Theory]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(1000)]
    public void Eight_bytes_at_a_step_give_what_one_bit_at_a_step_gives(int length)
    {
        byte[] bytes = TestPackage.Bytes(length);
        uint state = ~0u;
        foreach (byte value in bytes)
        {
            state ^= value;
            for (int bit = 0; bit < 8; bit++)
            {
                state = (state >> 1) ^ ((state & 1) * 0xedb88320);
            }
        }

        Crc32 crc = new();
        crc.Append(bytes);
        Assert.Equal(~state, crc.Value);
    }

    [Fact]
    public void It_does_not_matter_how_the_bytes_are_cut()
    {
        byte[] bytes = TestPackage.Bytes(100);
        Crc32 whole = new();
        whole.Append(bytes);
        for (int cut = 0; cut <= bytes.Length; cut++)
        {
            Crc32 halves = new();
            halves.Append(bytes.AsSpan(0, cut));
            halves.Append(bytes.AsSpan(cut));
            Assert.Equal(whole.Value, halves.Value);
        }
    }
}
