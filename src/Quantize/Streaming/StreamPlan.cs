using ModelPack.Quantize.Plans;

namespace ModelPack.Quantize.Streaming;

/// <summary>What a run needs to know of a plan, whatever the format of its output.</summary>
/// <param name="Tensors">In the order in which they are written.</param>
/// <param name="Files">All files that hold tensors.</param>
/// <param name="Inputs">Files that are read while it runs: none may be an output.</param>
/// <param name="Output">The final name that the partial output and the journal are named after.</param>
/// <param name="Folder">The folder that becomes the output as a whole; null where each file has its own name.</param>
/// <param name="Fingerprint">Makes what must be the same for a run to be continued.</param>
internal sealed record StreamPlan(
    IReadOnlyList<IStreamedTensor> Tensors,
    IReadOnlyList<StreamFile> Files,
    IReadOnlyList<string> Inputs,
    string Output,
    OutputFolder? Folder,
    Func<IReadOnlyList<(string Name, string Value)>> Fingerprint)
{
    /// <summary>Exact size of all files.</summary>
    public long Bytes { get; } = Files.Sum(static f => f.Bytes);

    /// <summary>Number of weights.</summary>
    public long Weights { get; } = Tensors.Sum(static t => checked(t.Weights.Rows * t.Weights.Columns));

    /// <summary>A run that writes GGUF.</summary>
    /// <exception cref="Models.ModelPackException">A type can be read but not written.</exception>
    public static StreamPlan Of(QuantizationPlan plan)
    {
        foreach (PlannedTensor tensor in plan.Tensors.DistinctBy(static t => t.Type))
        {
            _ = QuantType.Find(tensor.Type) ?? throw StreamingFaults.NoEncoder(tensor.Name, tensor.Type.Name);
        }

        return new(
            plan.Tensors,
            [.. plan.Parts.Select(static p => new StreamFile(p.Path, OutputFile.PartialName(p.Path), p.Layout.TotalBytes, p.Layout.WriteHeader))],
            plan.Inputs,
            plan.Parts[0].Path,
            null,
            () => PlanFingerprint.Of(plan));
    }
}
