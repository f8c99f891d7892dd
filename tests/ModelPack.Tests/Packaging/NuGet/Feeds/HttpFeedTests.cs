using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;
using ModelPack.Models;
using ModelPack.Packaging;
using ModelPack.Packaging.NuGet;
using ModelPack.Packaging.NuGet.Feeds;
using ModelPack.Packaging.Registries;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Packaging.NuGet.Feeds;

public sealed class HttpFeedTests
{
    private const string Model = "acme-tiny.q4_k_m.1.2.0.nupkg";
    private const string Part2 = "acme-tiny.q4_k_m.Part002.1.2.0.nupkg";

    [Fact]
    public async Task Parts_go_first_and_the_model_s_package_last()
    {
        using TempFolder folder = new();
        using FeedDouble server = new() { Key = "k-123", Login = "ci:pw-456" };
        await TestNuGet.PackAsync(folder.Path);
        using HttpFeed feed = TestNuGet.Feed(server.Index, new() { ApiKey = "k-123", Login = new("company", new("ci", "pw-456"), false) });
        IReadOnlyList<FeedPackage> arrived = await TestNuGet.PushAsync(folder.Path, feed);
        string[] expected = ["acme-tiny.q4_k_m.Part001", "acme-tiny.q4_k_m.Part002", "acme-tiny.q4_k_m.Part003", "acme-tiny.q4_k_m"];
        Assert.Equal(expected, server.Taken);
        Assert.Equal(expected, arrived.Select(static p => p.Package.Identity.Id));
        Assert.All(arrived, static p => Assert.Equal(FeedArrival.Sent, p.Arrival));
        Assert.Equal(File.ReadAllBytes(folder.File(Part2)), server.Packages["acme-tiny.q4_k_m.part002/1.2.0"]);
        Assert.Equal($"GET /v3/index.json key= auth=Basic {Convert.ToBase64String("ci:pw-456"u8)} length= type=", server.Log.First());
        Assert.All(server.Log.Skip(1), static l => Assert.StartsWith("PUT /api/v2/package/ key=k-123", l, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_second_push_sends_nothing_anew_and_says_so()
    {
        using TempFolder folder = new();
        using FeedDouble server = new();
        await TestNuGet.PackAsync(folder.Path);
        using HttpFeed feed = TestNuGet.Feed(server.Index);
        await TestNuGet.PushAsync(folder.Path, feed);
        Assert.All(await TestNuGet.PushAsync(folder.Path, feed), static p => Assert.Equal(FeedArrival.There, p.Arrival));

        server.ShowsPackages = false;
        Assert.All(await TestNuGet.PushAsync(folder.Path, feed), static p => Assert.Equal(FeedArrival.ThereUnseen, p.Arrival));
    }

    [Fact]
    public async Task A_package_that_the_feed_signed_counts_as_the_same()
    {
        using TempFolder folder = new();
        using FeedDouble server = new();
        await TestNuGet.PackAsync(folder.Path);
        using HttpFeed feed = TestNuGet.Feed(server.Index);
        await TestNuGet.PushAsync(folder.Path, feed);

        // A signature goes before the directory of the zip, behind all other entries.
        NuGetArchive part = NuGetArchive.Open(folder.File(Part2));
        byte[] there = server.Packages["acme-tiny.q4_k_m.part002/1.2.0"];
        server.Packages["acme-tiny.q4_k_m.part002/1.2.0"] = [.. there[..(int)part.ContentBytes], .. "signature"u8, .. there[(int)part.ContentBytes..]];
        Assert.All(await TestNuGet.PushAsync(folder.Path, feed), static p => Assert.Equal(FeedArrival.There, p.Arrival));
    }

    [Theory]
    [InlineData("acme-tiny.q4_k_m.part002/1.2.0")]
    [InlineData("acme-tiny.q4_k_m/1.2.0")]
    public async Task Other_content_of_the_same_version_ends_the_push(string other)
    {
        using TempFolder folder = new();
        using FeedDouble server = new();
        await TestNuGet.PackAsync(folder.Path);
        server.Packages[other] = TestPackage.Bytes(1 << 20);
        using HttpFeed feed = TestNuGet.Feed(server.Index);
        RegistryException fault = await Assert.ThrowsAsync<RegistryException>(() => TestNuGet.PushAsync(folder.Path, feed));
        Assert.Contains("is there with other content", fault.Message, StringComparison.Ordinal);
        Assert.Equal(other.Contains("part", StringComparison.Ordinal) ? 1 : 3, server.Taken.Count);
        Assert.DoesNotContain("acme-tiny.q4_k_m", server.Taken);
    }

    [Theory]
    [InlineData(503)]
    [InlineData(429)]
    [InlineData(500)]
    public async Task A_feed_that_is_busy_is_asked_again(int status)
    {
        using TempFolder folder = new();
        using FeedDouble server = new();
        int busy = 2;
        server.Fault = context => Interlocked.Decrement(ref busy) >= 0 && RegistryDouble.Answer(context, status);
        await TestNuGet.PackAsync(folder.Path);
        using HttpFeed feed = TestNuGet.Feed(server.Index);
        Assert.Equal(4, (await TestNuGet.PushAsync(folder.Path, feed)).Count);
        Assert.Equal(4, server.Taken.Count);
    }

    [Fact]
    public async Task A_connection_that_breaks_in_the_middle_is_no_end()
    {
        using TempFolder folder = new();
        using FeedDouble server = new();
        using CuttingProxy proxy = new(int.Parse(server.Host.Split(':')[1]), 700_000);
        server.PublishAddress = $"http://{proxy.Host}/api/v2/package";
        await TestNuGet.PackAsync(folder.Path);
        using HttpFeed feed = TestNuGet.Feed(server.Index);
        await TestNuGet.PushAsync(folder.Path, feed);
        Assert.Equal((1, 4), (proxy.Cuts, server.Packages.Count));
        Assert.Equal(File.ReadAllBytes(folder.File(Model)), server.Packages["acme-tiny.q4_k_m/1.2.0"]);
    }

    [Fact]
    public async Task An_answer_that_is_lost_after_the_package_arrived_is_no_conflict()
    {
        using TempFolder folder = new();
        using FeedDouble server = new();
        await TestNuGet.PackAsync(folder.Path);
        int lost = 1;
        server.Fault = context =>
        {
            if (context.Request.HttpMethod != "PUT" || Interlocked.Decrement(ref lost) < 0)
            {
                return false;
            }

            // What the first try brought: the feed keeps it, and the answer says that it is broken.
            server.Packages["acme-tiny.q4_k_m.part001/1.2.0"] = File.ReadAllBytes(folder.File("acme-tiny.q4_k_m.Part001.1.2.0.nupkg"));
            return RegistryDouble.Answer(context, 502);
        };
        using HttpFeed feed = TestNuGet.Feed(server.Index);
        IReadOnlyList<FeedPackage> arrived = await TestNuGet.PushAsync(folder.Path, feed);
        Assert.Equal([FeedArrival.There, FeedArrival.Sent, FeedArrival.Sent, FeedArrival.Sent], arrived.Select(static p => p.Arrival));
    }

    [Fact]
    public async Task Refusals_say_what_to_do_and_never_a_secret()
    {
        using TempFolder folder = new();
        using FeedDouble server = new() { Login = "ci:pw" };
        await TestNuGet.PackAsync(folder.Path);
        Assert.Contains("MODELPACK_NUGET_API_KEY", await RefusedAsync(folder, server, new()), StringComparison.Ordinal);
        Assert.Contains("whoever is logged in may not", await RefusedAsync(folder, server, new() { Login = new("x", new("ci", "wrong-pw"), false) }), StringComparison.Ordinal);
        server.Login = null;
        server.Key = "k1";
        Assert.Contains("403", await RefusedAsync(folder, server, new()), StringComparison.Ordinal);
        Assert.Contains("the API key may not", await RefusedAsync(folder, server, new() { ApiKey = "wrong-key" }), StringComparison.Ordinal);
        server.Limit = 1000;
        Assert.Contains("smaller --part-size", await RefusedAsync(folder, server, new() { ApiKey = "k1" }), StringComparison.Ordinal);
        server.Fault = static context =>
        {
            context.Response.StatusDescription = "the key k1-secret is bad";
            return context.Request.HttpMethod == "PUT" && RegistryDouble.Answer(context, 400);
        };
        string echoed = await RefusedAsync(folder, server, new() { ApiKey = "k1-secret" });
        Assert.Contains("the key *** is bad", echoed, StringComparison.Ordinal);
        Assert.Empty(server.Packages);
    }

    [Fact]
    public async Task A_feed_that_refuses_by_the_headers_is_not_sent_the_package()
    {
        using TempFolder folder = new();
        using FeedDouble server = new();
        using TcpListener strict = new(IPAddress.Loopback, 0);
        strict.Start();
        server.PublishAddress = $"http://127.0.0.1:{((IPEndPoint)strict.LocalEndpoint).Port}/push";
        Task<int> received = RefuseAsync(strict);
        await TestNuGet.PackAsync(folder.Path);
        Assert.Contains("answered 413 Too Large; the feed takes smaller packages only", await RefusedAsync(folder, server, new()), StringComparison.Ordinal);
        Assert.InRange(await received, 100, 5000);
    }

    // Answers as soon as the headers are there, and counts all bytes that come.
    private static async Task<int> RefuseAsync(TcpListener listener)
    {
        using TcpClient client = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        byte[] buffer = new byte[1 << 16];
        int total = 0;
        for (int read; (read = await client.GetStream().ReadAsync(buffer, TestContext.Current.CancellationToken)) > 0;)
        {
            bool ends = buffer.AsSpan(0, read).EndsWith("\r\n\r\n"u8);
            total += read;
            if (ends)
            {
                await client.GetStream().WriteAsync("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
            }
        }

        return total;
    }

    [Fact]
    public async Task A_feed_that_wants_the_key_sent_to_another_domain_does_not_get_it()
    {
        using TempFolder folder = new();
        using FeedDouble server = new() { PublishAddress = "https://packages.example.com/push" };
        await TestNuGet.PackAsync(folder.Path);
        string refused = await RefusedAsync(folder, server, new() { ApiKey = "k1" });
        Assert.Contains("--trust-realm packages.example.com", refused, StringComparison.Ordinal);
        server.PublishAddress = "http://packages.example.com/push";
        Assert.Contains("expected https, or --plain-http", await RefusedAsync(folder, server, new()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}", "no service index")]
    [InlineData("not json", "no service index")]
    [InlineData("""{"resources":[]}""", "the feed takes no packages")]
    [InlineData("""{"resources":[{"@type":"PackagePublish/2.0.0","@id":"ftp://x/"}]}""", "is at no web address")]
    [InlineData("""{"resources":[{"@type":["A","PackagePublish/2.0.0"],"@id":"https://user:pw@x/"}]}""", "is at no web address")]
    public async Task An_index_that_is_none_is_refused(string index, string reason)
    {
        using TempFolder folder = new();
        using FeedDouble server = new();
        server.Fault = context =>
        {
            context.Response.Close(Encoding.UTF8.GetBytes(index), willBlock: true);
            return true;
        };
        await TestNuGet.PackAsync(folder.Path);
        Assert.Contains(reason, await RefusedAsync(folder, server, new()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_set_that_is_not_whole_is_refused_before_anything_is_sent()
    {
        using TempFolder folder = new();
        using FeedDouble server = new();
        using HttpFeed feed = TestNuGet.Feed(server.Index);
        await TestNuGet.PackAsync(folder.Path);
        byte[] sound = File.ReadAllBytes(folder.File(Part2));
        byte[] damaged = [.. sound];
        damaged[sound.Length / 2] ^= 1;
        folder.Write(Part2, damaged);
        InvalidPackageException broken = await Assert.ThrowsAsync<InvalidPackageException>(() => TestNuGet.PushAsync(folder.Path, feed));
        Assert.Contains($"{Part2}: is not the part", broken.Message, StringComparison.Ordinal);

        File.Delete(folder.File(Part2));
        InvalidPackageException missing = await Assert.ThrowsAsync<InvalidPackageException>(() => TestNuGet.PushAsync(folder.Path, feed));
        Assert.Contains($"needs {Part2}", missing.Message, StringComparison.Ordinal);

        File.Delete(folder.File(Model));
        InvalidPackageException lonely = await Assert.ThrowsAsync<InvalidPackageException>(() => TestNuGet.PushAsync(folder.Path, feed));
        Assert.Contains("a part without its model's package", lonely.Message, StringComparison.Ordinal);
        Assert.Empty(server.Log);
    }

    [Fact]
    public async Task A_signature_does_not_hide_that_a_part_is_damaged()
    {
        using TempFolder folder = new();
        using FeedDouble server = new();
        using HttpFeed feed = TestNuGet.Feed(server.Index);
        await TestNuGet.PackAsync(folder.Path);
        using (ZipArchive zip = ZipFile.Open(folder.File(Part2), ZipArchiveMode.Update))
        {
            using (Stream slice = zip.Entries.Single(static e => e.FullName.StartsWith("part/", StringComparison.Ordinal)).Open())
            {
                slice.WriteByte(0);
            }

            zip.CreateEntry(".signature.p7s");
        }

        InvalidPackageException broken = await Assert.ThrowsAsync<InvalidPackageException>(() => TestNuGet.PushAsync(folder.Path, feed));
        Assert.Contains($"{Part2}: is not the part", broken.Message, StringComparison.Ordinal);
    }

    private static async Task<string> RefusedAsync(TempFolder folder, FeedDouble server, FeedOptions options)
    {
        using HttpFeed feed = TestNuGet.Feed(server.Index, options);
        ModelPackException fault = await Assert.ThrowsAnyAsync<ModelPackException>(() => TestNuGet.PushAsync(folder.Path, feed));
        foreach (string secret in ((string?[])[options.ApiKey, options.Login?.Credential?.Secret]).OfType<string>())
        {
            Assert.DoesNotContain(secret, fault.ToString(), StringComparison.Ordinal);
            Assert.DoesNotContain(secret, options.ToString(), StringComparison.Ordinal);
        }

        return fault.Message;
    }
}
