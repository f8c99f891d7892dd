namespace ModelPack.Cli.Documents;

/// <summary>What <c>modelpack calibrate --json</c> prints; fields are added, never renamed.</summary>
internal sealed record CalibrateDocument
{
    public int SchemaVersion { get; init; } = 1;

    /// <summary>The file; absent for a dry run.</summary>
    public string? Output { get; init; }

    /// <summary>Names of the files of text.</summary>
    public required IReadOnlyList<string> Data { get; init; }

    /// <summary>"cpu" or "cuda:0".</summary>
    public required string Device { get; init; }

    /// <summary>Why that device.</summary>
    public required string DeviceReason { get; init; }

    public required int Context { get; init; }

    public required int Windows { get; init; }

    public required long Tokens { get; init; }

    /// <summary>Passes over the model: more than one only where starved experts asked for more text.</summary>
    public int? Rounds { get; init; }

    /// <summary>Weight tensors that have an entry.</summary>
    public int? Entries { get; init; }

    /// <summary>Rows of activations that were left out because they were not finite.</summary>
    public long? DroppedRows { get; init; }

    public double? Seconds { get; init; }

    public double? TokensPerSecond { get; init; }

    /// <summary>Highest resident memory in bytes; absent where the system does not tell. For a dry run, what is expected.</summary>
    public long? PeakMemory { get; init; }

    /// <summary>Bytes of activations that go to files; for a dry run.</summary>
    public long? SpilledBytes { get; init; }

    /// <summary>Tokens that each routed expert saw, layer by layer.</summary>
    public IReadOnlyList<ExpertTokensDocument>? Experts { get; init; }

    public IReadOnlyList<string>? Warnings { get; init; }
}
