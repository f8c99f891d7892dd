using ModelPack.Models;
using ModelPack.Packaging;

namespace ModelPack.Tests.Packaging;

public sealed class PackageVersionTests
{
    [Theory]
    [InlineData("1.2.0", "1.2.0", "latest 1 1.2")]
    [InlineData("1.2.0+build.7", "1.2.0_build.7", "latest 1 1.2")]
    [InlineData("2.0.0-rc.1", "2.0.0-rc.1", "")]
    public void A_version_has_a_tag_and_channels(string text, string tag, string channels)
    {
        PackageVersion version = PackageVersion.Parse(text);
        Assert.Equal(text, version.ToString());
        Assert.Equal(tag, version.Tag);
        Assert.Equal(channels, string.Join(' ', version.Channels));
        Assert.Equal($"{tag}-q4_k_m", version.VariantTag("q4_k_m"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("1.2")]
    [InlineData("v1.2.0")]
    [InlineData("1.2.0.4")]
    [InlineData("1.2.0/../x")]
    public void Other_texts_are_no_versions(string text) => Assert.Throws<ModelPackException>(() => PackageVersion.Parse(text));

    [Fact]
    public void A_version_whose_tag_would_be_too_long_is_refused()
    {
        Assert.Equal(128, PackageVersion.Parse("1.2.0-" + new string('a', 122)).Tag.Length);
        Assert.Throws<ModelPackException>(() => PackageVersion.Parse("1.2.0-" + new string('a', 123)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("q4 k")]
    [InlineData("a/b")]
    [InlineData("a:b")]
    public void A_variant_must_fit_into_a_tag(string variant) =>
        Assert.Throws<ModelPackException>(() => PackageVersion.Parse("1.2.0").VariantTag(variant));

    [Theory]
    [InlineData("1.2.0", true)]
    [InlineData("1.2.0-q4_k_m", true)]
    [InlineData("1.2.0_b1", true)]
    [InlineData("latest", false)]
    [InlineData("1.2", false)]
    [InlineData("1", false)]
    [InlineData("stable", false)]
    public void Releases_are_told_from_channels(string tag, bool isRelease) => Assert.Equal(isRelease, PackageVersion.IsRelease(tag));

    [Theory]
    [InlineData("1.2.0", "1.2", true)]
    [InlineData("1.3.0", "1.2", false)]
    [InlineData("2.0.0", "1", false)]
    [InlineData("1.2.0-rc.1", "1.2", false)]
    [InlineData("1.2.0-rc.1", "latest", false)]
    [InlineData("1.2.0-rc.1", "stable", false)]
    [InlineData("1.2.0", "stable", true)]
    [InlineData("1.2.0-rc.1", "edge", true)]
    public void A_channel_of_numbers_holds_versions_that_start_so(string version, string channel, bool fits) =>
        Assert.Equal(fits, PackageVersion.Parse(version).FitsChannel(channel));

    [Fact]
    public void Precedence_is_that_of_semver()
    {
        string[] rising = ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.10.0", "2.0.0"];
        Assert.Equal(rising, rising.Reverse().Select(PackageVersion.Parse).Order(PackageVersion.Precedence).Select(static v => v.ToString()));
        Assert.Equal(0, PackageVersion.Precedence.Compare(PackageVersion.Parse("1.0.0+a"), PackageVersion.Parse("1.0.0+b")));
    }
}
