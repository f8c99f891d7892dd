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

    [Fact]
    public async Task A_token_that_the_registry_itself_takes_is_told_from_a_password()
    {
        Credential? found = await FindAsync("""{"auths":{"host":{"registrytoken":"abc"}}}""", "host", "a");
        Assert.Equal((true, "abc"), (found!.IsBearer, found.Secret));
    }

    [Theory]
    [InlineData("host:5000", "ci/s3cret", "MODELPACK_REGISTRY_HOST=host:5000", "MODELPACK_REGISTRY_USER=ci", "MODELPACK_REGISTRY_PASSWORD=s3cret")]
    [InlineData("host:5000", "/t0ken", "MODELPACK_REGISTRY_HOST=host:5000", "MODELPACK_REGISTRY_TOKEN=t0ken", "MODELPACK_REGISTRY_PASSWORD=s3cret")]
    [InlineData("host", null, "MODELPACK_REGISTRY_HOST=host:5000", "MODELPACK_REGISTRY_TOKEN=t0ken")]
    [InlineData("host:5000.example", null, "MODELPACK_REGISTRY_HOST=host:5000", "MODELPACK_REGISTRY_TOKEN=t0ken")]
    [InlineData("host", null, "MODELPACK_REGISTRY_HOST=host")]
    [InlineData("host", "ci/s3:cret", "DOCKER_AUTH_CONFIG={\"auths\":{\"host\":{\"auth\":\"Y2k6czM6Y3JldA==\"}}}")]
    [InlineData("other", null, "DOCKER_AUTH_CONFIG={\"auths\":{\"host\":{\"auth\":\"Y2k6czM6Y3JldA==\"}}}")]
    public async Task The_environment_gives_a_secret_to_its_own_host_only(string host, string? expected, params string[] variables)
    {
        Credential? found = await OfEnvironment(variables).FindAsync(host, "a", TestContext.Current.CancellationToken);
        Assert.Equal(expected, found is null ? null : $"{found.User}/{found.Secret}");
    }

    [Theory]
    [InlineData("MODELPACK_REGISTRY_HOST", "MODELPACK_REGISTRY_TOKEN=t0ken")]
    [InlineData("MODELPACK_REGISTRY_HOST", "MODELPACK_REGISTRY_USER=ci", "MODELPACK_REGISTRY_PASSWORD=t0ken")]
    [InlineData("MODELPACK_REGISTRY_USER", "MODELPACK_REGISTRY_HOST=host", "MODELPACK_REGISTRY_PASSWORD=t0ken")]
    [InlineData("DOCKER_AUTH_CONFIG", "DOCKER_AUTH_CONFIG={\"auths\":{\"host\":\"t0ken")]
    public async Task A_variable_that_is_missing_is_named_and_no_secret(string missing, params string[] variables)
    {
        ModelPackException fault = await Assert.ThrowsAsync<ModelPackException>(() => OfEnvironment(variables).FindAsync("host", "a", TestContext.Current.CancellationToken));
        Assert.Contains(missing, fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("t0ken", fault.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bearer_token_of_the_environment_is_sent_as_it_is_and_once()
    {
        using RegistryDouble registry = new();
        List<string?> seen = [];
        registry.Fault = context =>
        {
            lock (seen)
            {
                seen.Add(context.Request.Headers["Authorization"]);
            }

            return RegistryDouble.Answer(context, 401, ("WWW-Authenticate", "Bearer realm=\"http://127.0.0.1:1/token\""));
        };
        CredentialStore credentials = OfEnvironment($"MODELPACK_REGISTRY_HOST={registry.Host}", "MODELPACK_REGISTRY_TOKEN=t0ken");
        using RegistryStore store = TestPackage.Registry(registry.Host, "a", TestPackage.Options() with { Credentials = credentials });
        RegistryException fault = await Assert.ThrowsAsync<RegistryException>(() => store.FindAsync("1.0.0", TestContext.Current.CancellationToken));
        Assert.Equal([null, "Bearer t0ken"], seen);
        Assert.DoesNotContain("t0ken", fault.ToString(), StringComparison.Ordinal);
    }

    private static CredentialStore OfEnvironment(params string[] variables)
    {
        Dictionary<string, string> values = variables.ToDictionary(static v => v[..v.IndexOf('=')], static v => v[(v.IndexOf('=') + 1)..]);
        return new([], values.GetValueOrDefault);
    }

    private static async Task<Credential?> FindAsync(string json, string host, string repository)
    {
        using TempFolder folder = new();
        string file = folder.Write("config.json", TestPackage.Text(json.Replace("AUTH", Auth, StringComparison.Ordinal)));
        return await new CredentialStore([folder.File("absent.json"), file]).FindAsync(host, repository, TestContext.Current.CancellationToken);
    }
}
