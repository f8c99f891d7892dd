using ModelPack.Packaging.Registries;

namespace ModelPack.Packaging.NuGet.Feeds;

/// <summary>How to speak with a feed, and as whom.</summary>
public sealed record FeedOptions
{
    /// <summary>Certificates, plain http, retries, hosts that may be sent secrets.</summary>
    public RegistryOptions Connection { get; init; } = new();

    /// <summary>The feed's entry in NuGet's configuration; null for none.</summary>
    public FeedLogin? Login { get; init; }

    /// <summary>Sent with what is published; null for none.</summary>
    public string? ApiKey { get; init; }

    /// <summary>Never tells the key.</summary>
    public override string ToString() => $"{Login}{(ApiKey is null ? "" : ", with an API key")}";
}
