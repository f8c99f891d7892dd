using System.Text;

namespace ModelPack.Tests.Support;

public sealed class SafetensorsFixtureTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void The_bytes_are_those_of_the_format()
    {
        SafetensorsFixture.Write(
            _path,
            new Dictionary<string, FixtureTensor>
            {
                ["a\"b"] = FixtureTensor.BF16([2], [1f, -2f]),
                ["s"] = new("U8", [], [7]),
            },
            new Dictionary<string, string> { ["format"] = "pt" });
        byte[] bytes = File.ReadAllBytes(_path);
        int header = (int)BitConverter.ToInt64(bytes);
        Assert.Equal(0, header % 8);
        Assert.Equal(
            """{"__metadata__":{"format":"pt"},"a\u0022b":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]},"s":{"dtype":"U8","shape":[],"data_offsets":[4,5]}}""",
            Encoding.UTF8.GetString(bytes, 8, header).TrimEnd());
        Assert.Equal([0x80, 0x3F, 0x00, 0xC0, 7], bytes[(8 + header)..]);
    }

    [Theory]
    [InlineData(1f, 0x3F80)]
    [InlineData(1.00390625f, 0x3F80)]
    [InlineData(1.01171875f, 0x3F82)]
    [InlineData(-0f, 0x8000)]
    public void Bf16_rounds_to_nearest_and_ties_to_even(float value, int bits) => Assert.Equal(bits, FixtureTensor.Bf16Bits(value));
}
