using System.CommandLine;
using ModelPack.Packaging.NuGet;

namespace ModelPack.Cli.Packages;

/// <summary>The options of pack that are for NuGet only; a fresh one for each command.</summary>
internal sealed class NuGetArguments
{
    private const string DefaultSize = "200MiB";

    private readonly Option<string?> _partSize = new("--part-size") { Description = $"For nuget: what a package file has at most. Default: {DefaultSize}.", HelpName = "SIZE" };

    private readonly Option<string?> _authors = new("--authors") { Description = "For nuget: who made it, as feeds show. Default: the name.", HelpName = "NAMES" };

    /// <summary>In the order in which help lists them.</summary>
    public IReadOnlyList<Option> Options => [_partSize, _authors];

    /// <summary>How to pack for NuGet; null for another format.</summary>
    /// <exception cref="UsageException">A value cannot be read, NuGet does not allow the name, or an option does not go with the format.</exception>
    public NuGetPackOptions? Read(ParseResult parsed, bool isNuGet, string name, string? variant, bool link)
    {
        (string? size, string? authors) = (parsed.GetValue(_partSize), parsed.GetValue(_authors));
        if (!isNuGet)
        {
            return size is null && authors is null ? null : throw new UsageException($"{(size is null ? "--authors" : "--part-size")}: expected --as nuget with it");
        }

        if (link)
        {
            throw new UsageException("--link: packages for NuGet hold copies");
        }

        _ = UsageException.Guard("--name, --variant", () => NuGetId.Of(name, variant));
        return UsageException.Guard("--part-size", () => new NuGetPackOptions { PartBytes = ByteSize.Parse(size ?? DefaultSize), Authors = authors });
    }
}
