using ModelPack.Packaging.Registries.Profiles;

namespace ModelPack.Packaging.Registries;

/// <summary>How to speak with registries.</summary>
public sealed record RegistryOptions
{
    /// <summary>Speak plain http with hosts that are not this machine.</summary>
    public bool PlainHttp { get; init; }

    /// <summary>PEM file of certificates to trust besides the system's; this machine is then spoken to by TLS too.</summary>
    public string? CaFile { get; init; }

    /// <summary>Bytes of a chunk; blobs up to this size go in one request. Null: an eighth of the blob, 64 to 512 MiB, unless the profile says otherwise.</summary>
    public long? ChunkBytes { get; init; }

    /// <summary>Bytes of a blob that one request asks for when several are asked for at the same time.</summary>
    public int RangeBytes { get; init; } = 4 << 20;

    /// <summary>Several requests ask for parts of a blob where one connection brings fewer bytes a second: what 1 Gbit/s carries.</summary>
    public long FastBytesPerSecond { get; init; } = 125_000_000;

    /// <summary>What is known of the registry; null to go by its host and by what it answers.</summary>
    public RegistryProfile? Profile { get; init; }

    /// <summary>Address of a service that speaks S3; null for AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, or S3 itself.</summary>
    public Uri? S3Endpoint { get; init; }

    /// <summary>Repository of the same registry that may hold the blobs already; null for none.</summary>
    public string? MountFrom { get; init; }

    /// <summary>Folder that keeps how far uploads are, so that a later run goes on; null for none.</summary>
    public string? UploadFolder { get; init; }

    /// <summary>Hosts besides the registry's own domain that may be sent its credentials when it names them as its token server.</summary>
    public IReadOnlyList<string> TrustedRealms { get; init; } = [];

    /// <summary>Credentials; null for none.</summary>
    public CredentialStore? Credentials { get; init; }

    /// <summary>Time without a byte after which a request counts as lost.</summary>
    public TimeSpan Stall { get; init; } = TimeSpan.FromSeconds(100);

    /// <summary>Wait before the first retry; each further one doubles it.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>Tries after the first.</summary>
    public int Retries { get; init; } = 5;
}
