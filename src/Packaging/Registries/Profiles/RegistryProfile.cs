using ModelPack.Models;

namespace ModelPack.Packaging.Registries.Profiles;

/// <summary>What is known of one kind of registry: a row of registries.tsv.</summary>
/// <param name="Name">What --registry-profile takes.</param>
/// <param name="Hosts">Host names, in which * stands for any characters.</param>
/// <param name="Upload">How it takes large blobs.</param>
public sealed record RegistryProfile(string Name, IReadOnlyList<string> Hosts, UploadStyle Upload)
{
    /// <summary>A registry of which nothing is known.</summary>
    public static RegistryProfile Unknown { get; } = new("unknown", [], UploadStyle.Probe);

    /// <summary>Every kind that is known, by name.</summary>
    public static IReadOnlyList<RegistryProfile> All => RegistryProfileFile.Profiles;

    /// <summary>Header by which its answers are known, alone or as NAME=PART of its value; null for none.</summary>
    public string? Sign { get; init; }

    /// <summary>Largest chunk in bytes; null for no limit, or where no chunk is taken.</summary>
    public long? MaxChunk { get; init; }

    /// <summary>Largest blob in bytes; null where none is known.</summary>
    public long? MaxLayer { get; init; }

    /// <summary>Whether it takes blobs over from its other repositories.</summary>
    public Feature Mount { get; init; }

    /// <summary>Whether it lists what refers to a manifest (OCI distribution-spec 1.1); without, a tag "sha256-HEX" does.</summary>
    public Feature Referrers { get; init; }

    /// <summary>Where this is from.</summary>
    public IReadOnlyList<string> Sources { get; init; } = [];

    /// <summary>What else is to be known.</summary>
    public string Note { get; init; } = "";

    /// <summary>The profile of a host; <see cref="Unknown"/> where no row fits.</summary>
    /// <param name="host">Name, with or without a port.</param>
    public static RegistryProfile OfHost(string host) =>
        All.FirstOrDefault(p => p.Hosts.Any(pattern => HostPattern.Fits(pattern, host))) ?? Unknown;

    /// <summary>The profile with this name.</summary>
    /// <exception cref="ModelPackException">There is none.</exception>
    public static RegistryProfile Named(string name) => name == Unknown.Name ? Unknown : All.FirstOrDefault(p => p.Name == name)
        ?? throw new ModelPackException($"no registry profile '{name}'; there are {string.Join(", ", All.Select(static p => p.Name))} and {Unknown.Name}");

    /// <summary>The profile whose sign an answer carries; <see cref="Unknown"/> for none.</summary>
    internal static RegistryProfile OfAnswer(HttpResponseMessage response)
    {
        // The sign of docker-registry is carried by many that grew out of it.
        RegistryProfile[] fitting = [.. All.Where(p => p.IsSigned(response))];
        return fitting.FirstOrDefault(static p => p.Sign != RegistryProfileFile.WeakestSign) ?? fitting.FirstOrDefault() ?? Unknown;
    }

    /// <summary>Bytes of a chunk for this registry; <see cref="long.MaxValue"/> to send blobs whole.</summary>
    /// <param name="asked">What the user asks for; null for the default.</param>
    /// <param name="otherwise">The default.</param>
    internal long ChunkBytes(long? asked, long otherwise) => Upload == UploadStyle.Monolithic && (asked is null || MaxChunk is null)
        ? long.MaxValue
        : Math.Min(asked ?? otherwise, MaxChunk ?? long.MaxValue);

    private bool IsSigned(HttpResponseMessage response)
    {
        if (Sign is null)
        {
            return false;
        }

        string[] parts = Sign.Split('=');
        return response.Headers.TryGetValues(parts[0], out IEnumerable<string>? values)
            && (parts.Length == 1 || values.Any(v => v.Contains(parts[1], StringComparison.OrdinalIgnoreCase)));
    }
}
