using ModelPack.Cli.Commands;
using ModelPack.Cli.Documents;
using ModelPack.Cli.Terminal;
using ModelPack.Packaging.Layouts;
using ModelPack.Packaging.NuGet;
using ModelPack.Packaging.NuGet.Feeds;
using ModelPack.Packaging.Registries;

namespace ModelPack.Cli.Packages;

/// <summary>What push does with packages for NuGet.</summary>
internal static class NuGetPushRun
{
    private const string Ending = ".nupkg";

    /// <summary>Environment variables that may hold an API key, the first that is set counts.</summary>
    private static readonly string[] KeyVariables = ["MODELPACK_NUGET_API_KEY", "NUGET_API_KEY"];

    // A feed stores a package before it answers, which takes longer than a registry's answers do.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>Whether a command line is about NuGet: it names a feed, packages, or a folder of them.</summary>
    public static bool Applies(string first, string target) =>
        FeedAddress.IsOne(target) || IsPackage(first) || (Directory.Exists(first) && !LayoutStore.IsLayout(first) && Packages(first).Any());

    /// <param name="terminal">Where to write.</param>
    /// <param name="items">Package files, and folders of them.</param>
    /// <param name="target">nuget+https://…, or a folder.</param>
    /// <param name="connection">How to speak with feeds.</param>
    /// <param name="json">Print one JSON document.</param>
    /// <param name="cancel">Stops between packages and buffers.</param>
    /// <returns>The exit code.</returns>
    /// <exception cref="UsageException">An item is no package, or the target no feed.</exception>
    public static async Task<int> RunAsync(CommandTerminal terminal, IReadOnlyList<string> items, string target, RegistryOptions connection, bool json, CancellationToken cancel)
    {
        if (RegistryReference.IsOne(target) && !FeedAddress.IsOne(target))
        {
            throw new UsageException($"REF: '{target}': expected nuget+https://HOST/PATH/index.json or a folder; packages for NuGet do not go into OCI registries");
        }

        NuGetArchive[] packages = [.. items.SelectMany(Expand).Select(Path.GetFullPath).Distinct().Select(NuGetArchive.Open)];
        using PackageFeed feed = Open(target, connection, terminal);
        ProgressLine line = new(terminal, "push", TimeProvider.System);
        IReadOnlyList<FeedPackage> arrived;
        try
        {
            arrived = await FeedPush.RunAsync(packages, feed, new TransferRelay(line), cancel);
        }
        finally
        {
            line.Finish();
        }

        Write(terminal, feed.Name, arrived, json);
        return ExitCode.Success;
    }

    private static PackageFeed Open(string target, RegistryOptions connection, CommandTerminal terminal)
    {
        if (!FeedAddress.IsOne(target))
        {
            return new FolderFeed(ModelArguments.RequirePath(target, "REF"));
        }

        Uri address = UsageException.Guard("REF", () => FeedAddress.Parse(target));
        FeedLogin? login = NuGetSources.OfUser(Directory.GetCurrentDirectory()).Find(address);
        string? key = KeyVariables.Select(Environment.GetEnvironmentVariable).FirstOrDefault(static k => !string.IsNullOrEmpty(k));
        if (login is { IsEncrypted: true })
        {
            if (key is not null)
            {
                terminal.Warn($"the password of {login.Source} is encrypted: 'dotnet nuget push' publishes, without the API key of the environment");
            }

            return new DotnetFeed(login.Source);
        }

        return new HttpFeed(address, new() { Connection = connection with { Stall = Patience }, Login = login, ApiKey = key });
    }

    private static IEnumerable<string> Expand(string item)
    {
        string path = ModelArguments.RequirePath(item, "PATH");
        return Directory.Exists(path) && Packages(path).Any() ? Packages(path).Order(StringComparer.Ordinal)
            : IsPackage(path) ? [path]
            : throw new UsageException($"PATH: '{path}': expected {Ending} files as 'modelpack pack --as nuget' writes them, or a folder of them");
    }

    private static IEnumerable<string> Packages(string folder) => Directory.EnumerateFiles(folder, "*" + Ending);

    private static bool IsPackage(string path) => path.EndsWith(Ending, StringComparison.OrdinalIgnoreCase);

    private static void Write(CommandTerminal terminal, string feed, IReadOnlyList<FeedPackage> packages, bool json)
    {
        if (json)
        {
            JsonDocuments.Write(terminal.Output, NuGetPushDocument.Of(feed, packages));
            return;
        }

        FeedPackage[] sent = [.. packages.Where(static p => p.Arrival == FeedArrival.Sent)];
        terminal.Output.WriteLine(CommandTerminal.Printable(feed));
        terminal.Output.WriteLine($"  {sent.Length} packages sent ({ByteSize.Format(sent.Sum(static p => p.Package.Bytes))}), {packages.Count - sent.Length} there before");
        foreach (FeedPackage package in packages)
        {
            string state = package.Arrival switch
            {
                FeedArrival.Sent => "",
                FeedArrival.There => "  (was there, the same)",
                _ => "  (was there, not compared)",
            };
            terminal.Output.WriteLine($"  {package.Package.Identity}{state}");
        }
    }
}
