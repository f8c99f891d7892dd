using ModelPack.Packaging.Registries;

namespace ModelPack.Tests.Packaging;

public sealed class HostTrustTests
{
    [Theory]
    [InlineData("feed.example.com", "feed.example.com", true)]
    [InlineData("FEED.example.com", "feed.example.com", true)]
    [InlineData("www.example.com", "api.example.com", true)]
    [InlineData("example.com", "api.example.com", true)]
    [InlineData("localhost", "127.0.0.1", true)]
    [InlineData("::1", "127.0.0.1", true)]
    [InlineData("example.com.evil.net", "example.com", false)]
    [InlineData("evil-example.com", "example.com", false)]
    [InlineData("com", "example.com", false)]
    [InlineData("evil.com", "127.0.0.1", false)]
    [InlineData("127.0.0.1", "example.com", false)]
    [InlineData("10.0.0.2", "10.0.0.1", false)]
    [InlineData("10.0.0.1", "10.0.0.1", true)]
    public void Secrets_stay_in_the_domain_that_they_were_meant_for(string host, string own, bool expected) =>
        Assert.Equal(expected, HostTrust.AreNear(host, own));
}
