using ModelPack.Models;
using ModelPack.Packaging.NuGet.Feeds;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Packaging.NuGet.Feeds;

public sealed class DotnetFeedTests
{
    [Fact]
    public async Task The_real_program_is_asked_with_the_source_s_name_and_no_secret()
    {
        using TempFolder folder = new();
        await TestNuGet.PackAsync(folder.File("packed"));
        string log = folder.File("log");
        using DotnetFeed feed = new("company", Script(folder, $"echo \"$@\" >> {log}; case \"$*\" in *Part001*) echo 'Package x already exists at feed y';; esac"));
        IReadOnlyList<FeedPackage> arrived = await TestNuGet.PushAsync(folder.File("packed"), feed);
        Assert.Equal([FeedArrival.ThereUnseen, FeedArrival.Sent, FeedArrival.Sent, FeedArrival.Sent], arrived.Select(static p => p.Arrival));
        string[] lines = File.ReadAllLines(log);
        Assert.Equal(4, lines.Length);
        Assert.All(lines, static l => Assert.Matches("^nuget push .*\\.nupkg --source company --skip-duplicate --no-symbols --force-english-output$", l));
        Assert.EndsWith("acme-tiny.q4_k_m.1.2.0.nupkg", lines[^1].Split(' ')[2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Its_last_words_are_the_reason()
    {
        using TempFolder folder = new();
        await TestNuGet.PackAsync(folder.File("packed"));
        using DotnetFeed feed = new("company", Script(folder, "echo 'error: Password decryption is not supported' >&2; exit 1"));
        ModelPackException fault = await Assert.ThrowsAsync<ModelPackException>(() => TestNuGet.PushAsync(folder.File("packed"), feed));
        Assert.Contains("exit 1: error: Password decryption is not supported", fault.Message, StringComparison.Ordinal);

        using DotnetFeed missing = new("company", folder.File("no-such-program"));
        ModelPackException absent = await Assert.ThrowsAsync<ModelPackException>(() => TestNuGet.PushAsync(folder.File("packed"), missing));
        Assert.Contains("cannot be run", absent.Message, StringComparison.Ordinal);
    }

    private static string Script(TempFolder folder, string text)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "a shell script stands for dotnet");
        string path = folder.Write("dotnet.sh", TestPackage.Text($"#!/bin/sh\n{text}\n"));
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return path;
    }
}
