using ModelPack.Packaging;
using ModelPack.Packaging.NuGet;

namespace ModelPack.Tests.Packaging.NuGet;

public sealed class NuGetIdTests
{
    [Theory]
    [InlineData("tiny-moe", null, "tiny-moe", "tiny-moe.Part007")]
    [InlineData("Acme.Models.Qwen3-0.6B", "Q4_K_M", "Acme.Models.Qwen3-0.6B.Q4_K_M", "Acme.Models.Qwen3-0.6B.Q4_K_M.Part007")]
    public void The_variant_is_in_the_id(string name, string? variant, string id, string part)
    {
        NuGetId made = NuGetId.Of(name, variant);
        Assert.Equal((id, part), (made.Text, made.Part(7)));
        Assert.True(NuGetId.IsPart(part));
        Assert.False(NuGetId.IsPart(id));
    }

    [Theory]
    [InlineData("", null, "0 characters")]
    [InlineData("acme/tiny", null, "expected letters, digits, '_', '.' and '-'")]
    [InlineData("acme tiny", null, "expected letters, digits")]
    [InlineData("größe", null, "expected letters, digits")]
    [InlineData("a--b", null, "two in a row")]
    [InlineData("a", ".b", "two in a row")]
    [InlineData("a-", "b", "two in a row")]
    [InlineData("a.", null, "starts or ends with")]
    [InlineData("..", null, "starts or ends with")]
    [InlineData("tiny.part001", null, "ends as the id of a part")]
    public void What_NuGet_does_not_allow_is_refused(string name, string? variant, string reason)
    {
        InvalidPackageException fault = Assert.Throws<InvalidPackageException>(() => NuGetId.Of(name, variant));
        Assert.Contains($"package id '{name}", fault.Message, StringComparison.Ordinal);
        Assert.Contains(reason, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(92, true)]
    [InlineData(93, false)]
    [InlineData(101, false)]
    public void A_part_s_id_has_a_hundred_characters_at_most(int length, bool good)
    {
        string name = new('a', length);
        if (good)
        {
            Assert.Equal(NuGetId.Longest, NuGetId.Of(name, null).Part(NuGetId.MaxParts).Length);
        }
        else
        {
            Assert.Throws<InvalidPackageException>(() => NuGetId.Of(name, null));
        }
    }

    [Fact]
    public void Ids_that_look_alike_to_MSBuild_have_different_keys()
    {
        string[] keys = [.. ((string[])["a.b", "a_b", "a-b"]).Select(static n => NuGetId.Of(n, null).Key)];
        Assert.Equal(3, keys.Distinct().Count());
        Assert.Equal(NuGetId.Of("Tiny", null).Key[^8..], NuGetId.Of("tiny", null).Key[^8..]);
    }

    [Theory]
    [InlineData("1.2.0", "1.2.0")]
    [InlineData("1.2.0-rc.1", "1.2.0-rc.1")]
    [InlineData("1.2.0-rc.1+b7", "1.2.0-rc.1")]
    public void Build_metadata_is_no_part_of_a_package_s_version(string version, string expected) =>
        Assert.Equal(expected, NuGetIdentity.VersionOf(PackageVersion.Parse(version)));
}
