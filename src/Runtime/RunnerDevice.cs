namespace ModelPack.Runtime;

/// <summary>The device that a model runs on.</summary>
/// <param name="Name">"cpu", "cuda:0".</param>
/// <param name="Reason">Why it was chosen, one sentence: "the CUDA provider could not be loaded: …".</param>
public sealed record RunnerDevice(string Name, string Reason)
{
    /// <summary>Number of the GPU; null on the CPU.</summary>
    public int? Gpu { get; init; }

    /// <inheritdoc />
    public override string ToString() => $"{Name}: {Reason}";
}
