namespace ModelPack.Quantize.Streaming;

/// <summary>How a plan is run; none of it changes a byte of the output.</summary>
public sealed record StreamingOptions
{
    /// <summary>Slices that are worked on at once.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Bytes of buffers that all workers share.</summary>
    public long MemoryBytes { get; init; } = 128 << 20;

    /// <summary>Continue what an interrupted run of the same plan left.</summary>
    public bool Resume { get; init; }

    /// <summary>Replace files that exist.</summary>
    public bool Overwrite { get; init; }

    /// <summary>Decode what was encoded, and report each tensor's error.</summary>
    public bool MeasureError { get; init; }

    /// <summary>How often progress is made safe on disk: data first, then the journal.</summary>
    public TimeSpan JournalInterval { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Measures that interval.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
