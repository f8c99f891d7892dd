using ModelPack.Models;
using ModelPack.Packaging.Registries;

namespace ModelPack.Tests.Packaging;

public sealed class ReferenceTests
{
    private const string Hex = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    [Theory]
    [InlineData("oci://localhost:5000/a/b:1.0.0", "localhost:5000", "a/b", "1.0.0")]
    [InlineData("oci://registry.example/team/tiny_moe.q4", "registry.example", "team/tiny_moe.q4", null)]
    [InlineData("oci://registry.example/a@sha256:" + Hex, "registry.example", "a", "sha256:" + Hex)]
    [InlineData("oci://registry.example/a:1.0.0@sha256:" + Hex, "registry.example", "a", "sha256:" + Hex)]
    [InlineData("oci://docker.io/tiny:1", "docker.io", "library/tiny", "1")]
    [InlineData("oci://[::1]:5000/a", "[::1]:5000", "a", null)]
    public void A_reference_has_host_repository_and_target(string text, string host, string repository, string? target)
    {
        RegistryReference reference = RegistryReference.Parse(text);
        Assert.Equal((host, repository, target), (reference.Host, reference.Repository, reference.Target));
    }

    [Theory]
    [InlineData("oci://")]
    [InlineData("oci://host")]
    [InlineData("oci://host/")]
    [InlineData("oci://host/UPPER")]
    [InlineData("oci://host/a/../b")]
    [InlineData("oci://host/a//b")]
    [InlineData("oci://host/a:")]
    [InlineData("oci://host/a:.x")]
    [InlineData("oci://host/a:b c")]
    [InlineData("oci://host/a@sha256:12")]
    [InlineData("oci://ho st/a")]
    [InlineData("oci://host?x/a")]
    [InlineData("docker://host/a")]
    public void Other_texts_are_refused(string text) => Assert.Throws<ModelPackException>(() => RegistryReference.Parse(text));

    [Fact]
    public void A_password_in_a_reference_is_refused_and_not_repeated()
    {
        ModelPackException fault = Assert.Throws<ModelPackException>(() => RegistryReference.Parse("oci://me:hunter2@host/a"));
        Assert.DoesNotContain("hunter2", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("localhost:5000", true)]
    [InlineData("127.0.0.1", true)]
    [InlineData("127.3.2.1:80", true)]
    [InlineData("[::1]:5000", true)]
    [InlineData("localhost.example", false)]
    [InlineData("127.0.0.1.example", false)]
    [InlineData("10.0.0.1", false)]
    public void Only_this_machine_is_loopback(string host, bool isLoopback) => Assert.Equal(isLoopback, RegistryReference.Parse($"oci://{host}/a").IsLoopback);
}
