using ModelPack.Models.Conversion;

namespace ModelPack.Tests.Models.Conversion;

public sealed class SizeLabelTests
{
    [Theory]
    [InlineData(0, "0.00K")]
    [InlineData(260_000, "260K")]
    [InlineData(999_999, "1000K")]
    [InlineData(1_000_000, "1.0M")]
    [InlineData(9_499_999, "9.5M")]
    [InlineData(9_500_000, "10M")]
    [InlineData(30_532_122_624, "31B")]
    [InlineData(671_026_419_200, "671B")]
    [InlineData(1_026_408_232_448, "1.0T")]
    public void A_count_is_rounded_to_two_digits_at_least(long count, string label) =>
        Assert.Equal(label, SizeLabel.Round(count));
}
