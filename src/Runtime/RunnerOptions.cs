namespace ModelPack.Runtime;

/// <summary>How calibration tokens are run through a model.</summary>
public sealed record RunnerOptions
{
    /// <summary>"auto", "cpu", "cuda" or "cuda:1". "auto" takes the first GPU that works, else the CPU.</summary>
    public string Device { get; init; } = "auto";

    /// <summary>Threads of the CPU; null for all cores.</summary>
    public int? Threads { get; init; }

    /// <summary>
    /// Bytes that the runner tries to stay below; activations beyond it go to files. Null for half of the machine's memory. One layer's
    /// largest weights must fit in any case: see <see cref="PassEstimate"/>.
    /// </summary>
    public long? MemoryBytes { get; init; }

    /// <summary>Folder for activations that do not fit in memory, and for a checkpoint after every layer; null for none.</summary>
    public string? StateFolder { get; init; }

    /// <summary>Continue after the last layer that <see cref="StateFolder"/> has a checkpoint of; from the start where it has none.</summary>
    public bool Resume { get; init; }

    /// <summary>Says what the results depend on beside the windows: a hash of sources and settings. A checkpoint of another one is refused.</summary>
    public string Fingerprint { get; init; } = "";
}
