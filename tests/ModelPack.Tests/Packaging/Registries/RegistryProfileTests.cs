using ModelPack.Models;
using ModelPack.Packaging.Registries;
using ModelPack.Packaging.Registries.Profiles;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Packaging.Registries;

public sealed class RegistryProfileTests
{
    private const long Mi = 1 << 20;

    [Theory]
    [InlineData("acme.jfrog.io", "artifactory", UploadStyle.Probe, 0, 0, Feature.Probe)]
    [InlineData("acme.azurecr.io", "azure", UploadStyle.Probe, 0, 200 * 1024 * Mi, Feature.Yes)]
    [InlineData("acme.azurecr.cn", "azure", UploadStyle.Probe, 0, 200 * 1024 * Mi, Feature.Yes)]
    [InlineData("docker.io", "docker-hub", UploadStyle.Chunked, 0, 0, Feature.No)]
    [InlineData("registry-1.docker.io", "docker-hub", UploadStyle.Chunked, 0, 0, Feature.No)]
    [InlineData("123456789012.dkr.ecr.eu-central-1.amazonaws.com", "ecr", UploadStyle.Monolithic, 0, 52_000 * Mi, Feature.Probe)]
    [InlineData("123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn", "ecr", UploadStyle.Monolithic, 0, 52_000 * Mi, Feature.Probe)]
    [InlineData("public.ecr.aws", "ecr-public", UploadStyle.Monolithic, 0, 10_000 * Mi, Feature.Probe)]
    [InlineData("GHCR.io", "github", UploadStyle.Monolithic, 4 * Mi, 10_000_000_000, Feature.No)]
    [InlineData("registry.gitlab.com", "gitlab", UploadStyle.Probe, 0, 0, Feature.Probe)]
    [InlineData("europe-docker.pkg.dev", "google", UploadStyle.Monolithic, 0, 0, Feature.Probe)]
    [InlineData("eu.gcr.io", "google", UploadStyle.Monolithic, 0, 0, Feature.Probe)]
    [InlineData("demo.goharbor.io:443", "harbor", UploadStyle.Probe, 0, 0, Feature.Yes)]
    [InlineData("quay.io", "quay", UploadStyle.Probe, 0, 20_000_000_000, Feature.Probe)]
    [InlineData("registry.example", "unknown", UploadStyle.Probe, 0, 0, Feature.Probe)]
    [InlineData("127.0.0.1:5000", "unknown", UploadStyle.Probe, 0, 0, Feature.Probe)]
    [InlineData("evilghcr.io", "unknown", UploadStyle.Probe, 0, 0, Feature.Probe)]
    [InlineData("acme.azurecr.io.example", "unknown", UploadStyle.Probe, 0, 0, Feature.Probe)]
    [InlineData(".azurecr.io", "unknown", UploadStyle.Probe, 0, 0, Feature.Probe)]
    public void A_host_has_the_profile_of_its_registry(string host, string name, UploadStyle upload, long maxChunk, long maxLayer, Feature referrers)
    {
        RegistryProfile profile = RegistryProfile.OfHost(host);
        Assert.Equal((name, upload, maxChunk, maxLayer, referrers), (profile.Name, profile.Upload, profile.MaxChunk ?? 0, profile.MaxLayer ?? 0, profile.Referrers));
        Assert.Equal(profile, RegistryProfile.Named(name));
    }

    [Theory]
    [InlineData("X-JFrog-Version", "Artifactory/7.98", "artifactory")]
    [InlineData("Gitlab-Container-Registry-Version", "4.1.0", "gitlab")]
    [InlineData("WWW-Authenticate", "Bearer realm=\"https://h/service/token\",service=\"harbor-registry\"", "harbor")]
    [InlineData("WWW-Authenticate", "Bearer realm=\"https://h/service/token\",service=\"other\"", "docker-registry")]
    public void A_registry_of_ones_own_is_known_by_its_answers(string header, string value, string name)
    {
        using HttpResponseMessage answer = new();
        answer.Headers.TryAddWithoutValidation("Docker-Distribution-Api-Version", "registry/2.0");
        answer.Headers.TryAddWithoutValidation(header, value);
        Assert.Equal(name, RegistryProfile.OfAnswer(answer).Name);
    }

    [Fact]
    public void An_answer_without_a_sign_tells_nothing()
    {
        using HttpResponseMessage answer = new();
        Assert.Equal(RegistryProfile.Unknown, RegistryProfile.OfAnswer(answer));
    }

    [Fact]
    public void Every_row_is_found_by_its_name_and_says_where_it_is_from()
    {
        Assert.Equal(RegistryProfile.All.Select(static p => p.Name).Order(StringComparer.Ordinal), RegistryProfile.All.Select(static p => p.Name));
        Assert.All(RegistryProfile.All, static p =>
        {
            Assert.NotEmpty(p.Sources);
            Assert.True(p.Hosts.Count > 0 || p.Sign is not null, p.Name);
            Assert.Same(p, RegistryProfile.Named(p.Name));
        });
        ModelPackException fault = Assert.Throws<ModelPackException>(() => RegistryProfile.Named("nexus"));
        Assert.Contains("artifactory, azure, ", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("name\thosts\n")]
    [InlineData("name\thosts\tsign\tupload\tmax-chunk\tmax-layer\tmount\treferrers\tsource\tnote\nx\n")]
    [InlineData("name\thosts\tsign\tupload\tmax-chunk\tmax-layer\tmount\treferrers\tsource\tnote\nx\t\t\tsometimes\t\t\tyes\tapi\ts\t\n")]
    [InlineData("name\thosts\tsign\tupload\tmax-chunk\tmax-layer\tmount\treferrers\tsource\tnote\nx\t\t\tprobe\t5\t\tyes\tapi\ts\t\n")]
    [InlineData("name\thosts\tsign\tupload\tmax-chunk\tmax-layer\tmount\treferrers\tsource\tnote\nx\t\t\tprobe\t\t\tyes\tmaybe\ts\t\n")]
    public void A_broken_row_is_a_fault(string text) => Assert.Throws<FormatException>(() => RegistryProfileFile.Read(text));

    [Theory]
    [InlineData("unknown", null, 64L)]
    [InlineData("unknown", 16L, 16L)]
    [InlineData("docker-registry", 16L, 16L)]
    [InlineData("google", null, long.MaxValue / Mi)]
    [InlineData("google", 16L, long.MaxValue / Mi)]
    [InlineData("github", null, long.MaxValue / Mi)]
    [InlineData("github", 16L, 4L)]
    [InlineData("github", 2L, 2L)]
    public void A_chunk_is_what_was_asked_for_as_far_as_the_registry_takes_it(string name, long? asked, long expected) =>
        Assert.Equal(expected, RegistryProfile.Named(name).ChunkBytes(asked * Mi, 64 * Mi) / Mi);

    [Fact]
    public async Task A_registry_without_chunks_is_sent_none()
    {
        using TempFolder folder = new();
        using RegistryDouble registry = new();
        byte[] weights = TestPackage.Bytes(200_000);
        await TestPackage.PackAsync(folder.File("layout"), "1.0.0", null, ("model.gguf", weights));
        using RegistryStore store = TestPackage.Registry(registry.Host, "a", TestPackage.Options() with { Profile = RegistryProfile.Named("google") });
        await TestPackage.PushAsync(folder.File("layout"), store, "1.0.0");
        Assert.Equal(weights, registry.Blobs[RegistryDouble.DigestOf(weights)]);
        Assert.DoesNotContain(registry.Log, static l => l.StartsWith("PATCH", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_registry_that_lends_nothing_is_not_asked_to()
    {
        using TempFolder folder = new();
        using RegistryDouble registry = new();
        List<string> posts = [];
        registry.Fault = context =>
        {
            lock (posts)
            {
                posts.AddRange(context.Request.HttpMethod == "POST" ? [context.Request.RawUrl!] : []);
            }

            return false;
        };
        await TestPackage.PackAsync(folder.File("layout"), "1.0.0", null, ("model.gguf", [1]));
        RegistryProfile profile = RegistryProfile.Unknown with { Mount = Feature.No };
        using RegistryStore store = TestPackage.Registry(registry.Host, "a", TestPackage.Options() with { Profile = profile, MountFrom = "b" });
        await TestPackage.PushAsync(folder.File("layout"), store, "1.0.0");
        Assert.DoesNotContain(posts, static p => p.Contains("mount", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_file_above_the_limit_stops_the_push_before_anything_is_sent()
    {
        using TempFolder folder = new();
        using RegistryDouble registry = new();
        await TestPackage.PackAsync(folder.File("layout"), "1.0.0", null, ("README.md", [1]), ("model.gguf", TestPackage.Bytes(1001)));
        RegistryProfile profile = RegistryProfile.Unknown with { MaxLayer = 1000 };
        using RegistryStore store = TestPackage.Registry(registry.Host, "a", TestPackage.Options() with { Profile = profile });
        RegistryException fault = await Assert.ThrowsAsync<RegistryException>(() => TestPackage.PushAsync(folder.File("layout"), store, "1.0.0"));
        Assert.Contains("model.gguf: 1001 bytes; this registry (unknown) takes 1000 a blob", fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(registry.Log, static l => !l.StartsWith("GET", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_real_docker_registry_is_known_by_its_answers()
    {
        using DockerRegistry registry = await DockerRegistry.StartAsync();
        using RegistryStore store = TestPackage.Registry(registry.Host, "a");
        Assert.Equal("unknown", store.Profile.Name);
        Assert.Null(await store.FindAsync("1.0.0", TestContext.Current.CancellationToken));
        Assert.Equal("docker-registry", store.Profile.Name);
    }

    [Fact]
    public async Task A_proxy_that_takes_small_bodies_only_gets_smaller_chunks()
    {
        const int Limit = 5 << 20;
        using TempFolder folder = new();
        using RegistryDouble registry = new();
        registry.Fault = static context =>
        {
            if (context.Request.ContentLength64 <= Limit)
            {
                return false;
            }

            context.Request.InputStream.CopyTo(Stream.Null);
            return RegistryDouble.Answer(context, 413);
        };
        byte[] weights = TestPackage.Bytes(20 << 20);
        await TestPackage.PackAsync(folder.File("layout"), "1.0.0", null, ("model.gguf", weights));
        using RegistryStore store = TestPackage.Registry(registry.Host, "a", TestPackage.Options(chunk: 64 << 20));
        await TestPackage.PushAsync(folder.File("layout"), store, "1.0.0");
        Assert.Equal(weights, registry.Blobs[RegistryDouble.DigestOf(weights)]);
        Assert.Contains(registry.Log, static l => l.StartsWith("PATCH", StringComparison.Ordinal) && l.EndsWith(" 0-5242879", StringComparison.Ordinal));
    }

    [Fact]
    public void Chunks_grow_with_the_blob_and_stop_growing()
    {
        ChunkSizes sizes = new(null);
        Assert.Equal([64, 64, 128, 512, 512], new long[] { 1, 600, 1024, 8192, 1 << 20 }.Select(mebibytes => sizes.Of(new("", default, mebibytes * Mi), RegistryProfile.Unknown) / Mi));
    }
}
