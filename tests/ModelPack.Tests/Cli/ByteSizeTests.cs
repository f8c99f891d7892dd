using ModelPack.Cli;
using ModelPack.Models;

namespace ModelPack.Tests.Cli;

public sealed class ByteSizeTests
{
    [Theory]
    [InlineData("1", 1)]
    [InlineData("512MiB", 512L << 20)]
    [InlineData("16GiB", 16L << 30)]
    [InlineData("16GB", 16_000_000_000)]
    [InlineData("16G", 16_000_000_000)]
    [InlineData("1.5 GiB", 3L << 29)]
    [InlineData("250m", 250_000_000)]
    [InlineData("7B", 7)]
    public void A_size_is_read(string text, long bytes) => Assert.Equal(bytes, ByteSize.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("MiB")]
    [InlineData("-1GB")]
    [InlineData("0")]
    [InlineData("0.1")]
    [InlineData("1e9")]
    [InlineData("99999999999TB")]
    [InlineData("12 parsecs")]
    public void What_is_no_size_is_refused(string text) => Assert.Throws<ModelPackException>(() => ByteSize.Parse(text));

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(999, "999 B")]
    [InlineData(1000, "0.98 KiB")]
    [InlineData(1 << 20, "1.00 MiB")]
    [InlineData(123_456_789, "118 MiB")]
    [InlineData(12_345_678_901, "11.5 GiB")]
    public void A_size_is_written(long bytes, string text) => Assert.Equal(text, ByteSize.Format(bytes));
}
