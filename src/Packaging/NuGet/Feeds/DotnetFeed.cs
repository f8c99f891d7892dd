using System.ComponentModel;
using System.Diagnostics;
using ModelPack.Models;

namespace ModelPack.Packaging.NuGet.Feeds;

/// <summary>A feed whose password only NuGet can read: <c>dotnet nuget push</c> does the work, and no secret passes through here.</summary>
/// <param name="source">Name of the feed in NuGet's configuration.</param>
/// <param name="program">The dotnet host.</param>
public sealed class DotnetFeed(string source, string program = "dotnet") : PackageFeed
{
    private const int ShownLines = 3;

    public override string Name => source;

    public override async Task<FeedArrival> PutAsync(NuGetArchive package, IProgress<long> progress, CancellationToken cancel)
    {
        ProcessStartInfo start = new(program, ["nuget", "push", package.File, "--source", source, "--skip-duplicate", "--no-symbols", "--force-english-output"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            using Process process = Process.Start(start)!;
            try
            {
                Task<string> errors = process.StandardError.ReadToEndAsync(cancel);
                string output = await process.StandardOutput.ReadToEndAsync(cancel) + await errors;
                await process.WaitForExitAsync(cancel);
                progress.Report(package.Bytes);
                return process.ExitCode != 0 ? throw new ModelPackException($"dotnet nuget push {package.Identity.FileName} --source {source}: exit {process.ExitCode}: {Last(output)}")
                    : output.Contains("already exists", StringComparison.OrdinalIgnoreCase) ? FeedArrival.ThereUnseen
                    : FeedArrival.Sent;
            }
            finally
            {
                if (!process.HasExited)
                {
                    process.Kill(entireProcessTree: true);
                }
            }
        }
        catch (Win32Exception fault)
        {
            throw new ModelPackException($"{program}: cannot be run: {fault.Message}; the password of {source} is encrypted, and only 'dotnet nuget push' can read it", fault);
        }
    }

    private static string Last(string output) =>
        string.Join(" / ", output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Where(static l => !l.StartsWith("Usage", StringComparison.Ordinal)).TakeLast(ShownLines));
}
