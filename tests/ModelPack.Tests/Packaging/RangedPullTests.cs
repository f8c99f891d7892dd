using System.Collections.Concurrent;
using System.Net;
using ModelPack.Models;
using ModelPack.Packaging;
using ModelPack.Packaging.Registries;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Packaging;

public sealed class RangedPullTests
{
    private const int Range = 10_000;
    private static readonly byte[] Weights = TestPackage.Bytes((23 * Range) + 17);
    private static readonly string Blob = $"GET /v2/a/blobs/{RegistryDouble.DigestOf(Weights)}";

    [Theory]
    [InlineData(2 * Range, false)]
    [InlineData((2 * Range) + 1, true)]
    [InlineData(3 * Range, true)]
    [InlineData((3 * Range) - 1, true)]
    public async Task A_blob_of_more_than_two_ranges_comes_in_ranges(int size, bool ranged)
    {
        using TempFolder folder = new();
        using RegistryDouble registry = new();
        byte[] bytes = TestPackage.Bytes(size);
        await ServeAsync(folder, registry, bytes);
        await PullAsync(folder, registry);
        Assert.Equal(bytes, File.ReadAllBytes(folder.File("out/model.gguf")));
        Assert.Equal(ranged, registry.Log.Any(static l => l.EndsWith($"bytes=0-{Range - 1}", StringComparison.Ordinal) && l.Contains("/blobs/", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Ranges_are_asked_for_at_the_same_time_and_the_file_has_them_in_order()
    {
        using TempFolder folder = new();
        using RegistryDouble registry = new();
        await ServeAsync(folder, registry, Weights);
        using CountdownEvent four = new(4);
        registry.Fault = context =>
        {
            // The first is held back until three others are asked for.
            if (context.Request.Headers["Range"] is { } range && four.CurrentCount > 0)
            {
                four.Signal();
                if (range.StartsWith("bytes=0-", StringComparison.Ordinal))
                {
                    four.Wait(TimeSpan.FromSeconds(60));
                }
            }

            return false;
        };
        await PullAsync(folder, registry);
        Assert.True(four.IsSet);
        Assert.Equal(Weights, File.ReadAllBytes(folder.File("out/model.gguf")));
        Assert.Equal(24, registry.Log.Count(static l => l.StartsWith(Blob, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_registry_without_ranges_sends_the_blob_once()
    {
        using TempFolder folder = new();
        using RegistryDouble registry = new();
        await ServeAsync(folder, registry, Weights);
        registry.Fault = static context =>
        {
            if (!context.Request.RawUrl!.EndsWith(RegistryDouble.DigestOf(Weights), StringComparison.Ordinal) || context.Request.HttpMethod != "GET")
            {
                return false;
            }

            context.Response.ContentLength64 = Weights.Length;
            context.Response.OutputStream.Write(Weights);
            context.Response.Close();
            return true;
        };
        await PullAsync(folder, registry);
        Assert.Equal(Weights, File.ReadAllBytes(folder.File("out/model.gguf")));
    }

    [Fact]
    public async Task Ranges_that_break_off_go_on_where_they_stopped()
    {
        using TempFolder folder = new();
        using RegistryDouble registry = new();
        await ServeAsync(folder, registry, Weights);
        ConcurrentDictionary<string, bool> cut = [];
        registry.Fault = context =>
        {
            if (context.Request.Headers["Range"] is not { } range || !range.EndsWith($"{(7 * Range) - 1}", StringComparison.Ordinal) || !cut.TryAdd("once", true))
            {
                return false;
            }

            context.Response.StatusCode = 206;
            context.Response.AddHeader("Content-Range", $"bytes {6 * Range}-{(7 * Range) - 1}/{Weights.Length}");
            context.Response.ContentLength64 = Range;
            context.Response.OutputStream.Write(Weights, 6 * Range, 4000);
            context.Response.OutputStream.Flush();
            Thread.Sleep(100);
            context.Response.Abort();
            return true;
        };
        await PullAsync(folder, registry);
        Assert.NotEmpty(cut);
        Assert.Equal(Weights, File.ReadAllBytes(folder.File("out/model.gguf")));
        Assert.Contains(registry.Log, static l => l == $"{Blob} bytes={(6 * Range) + 4000}-{(7 * Range) - 1}");
    }

    [Fact]
    public async Task A_pull_that_ends_leaves_a_beginning_that_the_next_one_goes_on_with()
    {
        using TempFolder folder = new();
        using RegistryDouble registry = new();
        await ServeAsync(folder, registry, Weights);
        registry.Fault = static context => context.Request.Headers["Range"]?.StartsWith($"bytes={9 * Range}-", StringComparison.Ordinal) is true && RegistryDouble.Answer(context, 403);
        await Assert.ThrowsAsync<RegistryException>(() => PullAsync(folder, registry));
        byte[] left = File.ReadAllBytes(folder.File("out/model.gguf.partial"));
        Assert.Equal(9 * Range, left.Length);
        Assert.Equal(Weights.AsSpan(0, left.Length).ToArray(), left);
        Assert.False(File.Exists(folder.File("out/model.gguf")));

        registry.Fault = static _ => false;
        registry.Log.Clear();
        await PullAsync(folder, registry);
        Assert.Equal(Weights, File.ReadAllBytes(folder.File("out/model.gguf")));
        string[] asked = [.. registry.Log.Where(static l => l.StartsWith(Blob, StringComparison.Ordinal))];
        Assert.NotEmpty(asked);
        Assert.All(asked, static l => Assert.True(int.Parse(l[(Blob.Length + " bytes=".Length)..].Split('-')[0]) >= 9 * Range, l));
    }

    [Theory]
    [InlineData("bytes 1-10000/230017")]
    [InlineData("bytes 0-10000/230017")]
    [InlineData("bytes 0-9999/230018")]
    public async Task A_range_that_was_not_asked_for_is_refused(string range)
    {
        using TempFolder folder = new();
        using RegistryDouble registry = new();
        await ServeAsync(folder, registry, Weights);
        registry.Fault = context => context.Request.Headers["Range"] is not null && RegistryDouble.Answer(context, 206, ("Content-Range", range));
        await Assert.ThrowsAsync<InvalidPackageException>(() => PullAsync(folder, registry));
        Assert.False(File.Exists(folder.File("out/model.gguf")));
    }

    [Fact]
    public async Task Ranges_of_other_bytes_get_no_name()
    {
        using TempFolder folder = new();
        using RegistryDouble registry = new();
        await ServeAsync(folder, registry, Weights);
        byte[] other = [.. Weights];
        other[12 * Range] ^= 1;
        registry.Blobs[RegistryDouble.DigestOf(Weights)] = other;
        InvalidPackageException fault = await Assert.ThrowsAsync<InvalidPackageException>(() => PullAsync(folder, registry));
        Assert.Contains("the bytes that came have the digest", fault.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(folder.File("out/model.gguf")));
    }

    [Fact]
    public async Task Ranges_that_bring_no_byte_are_given_up()
    {
        using TempFolder folder = new();
        using RegistryDouble registry = new();
        await ServeAsync(folder, registry, Weights);
        registry.Fault = static context => context.Request.Headers["Range"] is { } range && RegistryDouble.Answer(context, 206, ("Content-Range", $"{range.Replace('=', ' ')}/{Weights.Length}"));
        ModelPackException fault = await Assert.ThrowsAnyAsync<ModelPackException>(() => PullAsync(folder, registry));
        Assert.Contains("broke off at 0 of", fault.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(folder.File("out/model.gguf")));
    }

    [Fact]
    public async Task Many_files_in_ranges_at_the_same_time_all_arrive()
    {
        using TempFolder folder = new();
        using RegistryDouble registry = new();
        (string Path, byte[] Bytes)[] files = [.. Enumerable.Range(0, 9).Select(static i => ($"model-{i}.gguf", TestPackage.Bytes((5 * Range) + i, i)))];
        await ServeAsync(folder, registry, files);
        await PullAsync(folder, registry);
        Assert.All(files, f => Assert.Equal(f.Bytes, File.ReadAllBytes(folder.File($"out/{f.Path}"))));
    }

    [Fact]
    public async Task A_fast_connection_brings_a_blob_alone()
    {
        using TempFolder folder = new();
        using RegistryDouble registry = new();
        await ServeAsync(folder, registry, Weights);
        await PullAsync(folder, registry, fast: 0);
        Assert.Equal(Weights, File.ReadAllBytes(folder.File("out/model.gguf")));
        Assert.Equal([Blob], registry.Log.Where(static l => l.StartsWith(Blob, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_slow_connection_is_followed_by_ranges_of_what_is_left()
    {
        using TempFolder folder = new();
        using RegistryDouble registry = new();
        await ServeAsync(folder, registry, Weights);
        using ManualResetEventSlim ranges = new();
        registry.Fault = context => SendSlowly(context, ranges);
        await PullAsync(folder, registry, fast: long.MaxValue - 1);
        Assert.True(ranges.IsSet);
        Assert.Equal(Weights, File.ReadAllBytes(folder.File("out/model.gguf")));
        string[] asked = [.. registry.Log.Where(static l => l.StartsWith(Blob, StringComparison.Ordinal))];
        Assert.Equal(Blob, asked[0]);
        int[] starts = [.. asked.Skip(1).Select(static l => int.Parse(l[(Blob.Length + " bytes=".Length)..].Split('-')[0])).Order()];
        Assert.InRange(starts[0], 4 * Range, 6 * Range);
        Assert.Equal((Weights.Length - starts[0] + Range - 1) / Range, starts.Length);
        Assert.Equal(starts.Length, starts.Distinct().Count());
    }

    [Fact]
    public async Task Slow_connections_to_several_blobs_are_not_joined_by_further_ones()
    {
        using TempFolder folder = new();
        using RegistryDouble registry = new();
        await ServeAsync(folder, registry, Weights);
        using ManualResetEventSlim ranges = new(initialState: true);
        registry.Fault = context => SendSlowly(context, ranges);
        using RegistryStore store = Open(registry, long.MaxValue - 1);
        for (int i = 0; i < 3; i++)
        {
            store.Begin();
        }

        await TestPackage.PullAsync(store, "1.0.0", folder.File("out"));
        Assert.Equal(Weights, File.ReadAllBytes(folder.File("out/model.gguf")));
        Assert.Equal([Blob], registry.Log.Where(static l => l.StartsWith(Blob, StringComparison.Ordinal)));
        Assert.Equal(3, store.Downloads);
    }

    // Six ranges' bytes, and the rest once a range is asked for.
    private static bool SendSlowly(HttpListenerContext context, ManualResetEventSlim ranges)
    {
        if (context.Request.Headers["Range"] is not null)
        {
            ranges.Set();
            return false;
        }

        if (context.Request.HttpMethod != "GET" || !context.Request.RawUrl!.EndsWith(RegistryDouble.DigestOf(Weights), StringComparison.Ordinal))
        {
            return false;
        }

        context.Response.ContentLength64 = Weights.Length;
        context.Response.OutputStream.Write(Weights, 0, 6 * Range);
        context.Response.OutputStream.Flush();
        ranges.Wait(TimeSpan.FromSeconds(60));
        context.Response.OutputStream.Write(Weights, 6 * Range, Weights.Length - (6 * Range));
        context.Response.Close();
        return true;
    }

    private static Task ServeAsync(TempFolder folder, RegistryDouble registry, byte[] bytes) => ServeAsync(folder, registry, ("model.gguf", bytes));

    private static async Task ServeAsync(TempFolder folder, RegistryDouble registry, params (string Path, byte[] Bytes)[] files)
    {
        await TestPackage.PackAsync(folder.File("layout"), "1.0.0", null, files);
        using RegistryStore store = TestPackage.Registry(registry.Host, "a", TestPackage.Options(chunk: 1 << 20));
        await TestPackage.PushAsync(folder.File("layout"), store, "1.0.0");
        registry.Log.Clear();
    }

    // Unless told otherwise no connection is fast: ranges are asked for at once.
    private static RegistryStore Open(RegistryDouble registry, long fast = long.MaxValue) =>
        TestPackage.Registry(registry.Host, "a", TestPackage.Options() with { RangeBytes = Range, FastBytesPerSecond = fast, Retries = 1 });

    private static async Task PullAsync(TempFolder folder, RegistryDouble registry, long fast = long.MaxValue)
    {
        using RegistryStore store = Open(registry, fast);
        await TestPackage.PullAsync(store, "1.0.0", folder.File("out"));
    }
}
