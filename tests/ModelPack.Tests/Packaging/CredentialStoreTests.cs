using ModelPack.Models;
using ModelPack.Packaging.Registries;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Packaging;

public sealed class CredentialStoreTests
{
    private static readonly string Auth = Convert.ToBase64String(TestPackage.Text("ci:s3:cret"));

    [Theory]
    [InlineData("""{"auths":{"host:5000":{"auth":"AUTH"}}}""")]
    [InlineData("""{"auths":{"https://host:5000":{"auth":"AUTH"}}}""")]
    [InlineData("""{"auths":{"https://host:5000/v1/":{"auth":"AUTH"}}}""")]
    [InlineData("""{"auths":{"host:5000":{"auth":"eDp5"},"host:5000/team":{"auth":"AUTH"}}}""")]
    [InlineData("""{"auths":{"host:5000":{"username":"ci","password":"s3:cret"}}}""")]
    public async Task A_login_of_docker_or_podman_is_found(string json)
    {
        Credential? found = await FindAsync(json, "host:5000", "team/tiny");
        Assert.Equal(("ci", "s3:cret"), (found?.User, found?.Secret));
        Assert.DoesNotContain("s3", found!.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"auths":{}}""")]
    [InlineData("""{"auths":{"host":{"auth":"AUTH"}}}""")]
    [InlineData("""{"auths":{"host:5000":{}}}""")]
    [InlineData("""{"auths":[]}""")]
    public async Task Nobody_is_found_where_nobody_logged_in(string json) => Assert.Null(await FindAsync(json, "host:5000", "team/tiny"));

    [Fact]
    public async Task An_identity_token_is_told_from_a_password()
    {
        Credential? found = await FindAsync("""{"auths":{"host":{"auth":"","identitytoken":"abc"}}}""", "host", "a");
        Assert.True(found!.IsIdentityToken);
        Assert.Equal("abc", found.Secret);
    }

    [Fact]
    public async Task A_broken_file_is_named_without_its_content()
    {
        ModelPackException fault = await Assert.ThrowsAsync<ModelPackException>(() => FindAsync("""{"auths":{"host":{"auth":"s3cret""", "host", "a"));
        Assert.DoesNotContain("s3cret", fault.ToString(), StringComparison.Ordinal);
        fault = await Assert.ThrowsAsync<ModelPackException>(() => FindAsync("""{"auths":{"host":{"auth":"s3cret!"}}}""", "host", "a"));
        Assert.DoesNotContain("s3cret", fault.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_helper_is_asked_for_its_host()
    {
        using TempFolder folder = new();
        string helper = folder.Write("docker-credential-fromtest", TestPackage.Text("#!/bin/sh\nread server\n[ \"$server\" = host ] || exit 1\necho '{\"ServerURL\":\"host\",\"Username\":\"ci\",\"Secret\":\"pw\"}'\n"));
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("The helper of this test is a shell script.");
            return;
        }

        File.SetUnixFileMode(helper, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        string old = Environment.GetEnvironmentVariable("PATH") ?? "";
        Environment.SetEnvironmentVariable("PATH", $"{folder.Path}{Path.PathSeparator}{old}");
        try
        {
            Assert.Equal(new("ci", "pw"), await FindAsync("""{"credHelpers":{"host":"fromtest"}}""", "host", "a"));
            Assert.Equal(new("ci", "pw"), await FindAsync("""{"credsStore":"fromtest"}""", "host", "a"));
            Assert.Null(await FindAsync("""{"credsStore":"fromtest"}""", "other", "a"));
        }
        finally
        {
            Environment.SetEnvironmentVariable("PATH", old);
        }
    }

    [Theory]
    [InlineData("../evil")]
    [InlineData("a b")]
    [InlineData("not-installed-anywhere")]
    public async Task A_helper_that_is_none_is_a_fault(string name) =>
        await Assert.ThrowsAsync<ModelPackException>(() => FindAsync($$"""{"credsStore":"{{name}}"}""", "host", "a"));

    private static async Task<Credential?> FindAsync(string json, string host, string repository)
    {
        using TempFolder folder = new();
        string file = folder.Write("config.json", TestPackage.Text(json.Replace("AUTH", Auth, StringComparison.Ordinal)));
        return await new CredentialStore([folder.File("absent.json"), file]).FindAsync(host, repository, TestContext.Current.CancellationToken);
    }
}
