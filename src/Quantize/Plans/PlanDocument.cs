namespace ModelPack.Quantize.Plans;

/// <summary>A plan for machines: stable field names, no paths of the machine it was made on.</summary>
/// <param name="SchemaVersion">1; raised when a field changes its meaning.</param>
/// <param name="Type">Preset: "q4_k_m".</param>
/// <param name="FileType">llama_ftype.</param>
/// <param name="Parameters">Number of weights.</param>
/// <param name="Bytes">Exact size of all files.</param>
/// <param name="BitsPerWeight">Headers not counted, rounded to four digits.</param>
/// <param name="Files">Names and sizes.</param>
/// <param name="Tensors">In file order.</param>
/// <param name="Dropped">Source tensors that are left out.</param>
/// <param name="Warnings">What a user should know.</param>
public sealed record PlanDocument(
    int SchemaVersion,
    string Type,
    int FileType,
    long Parameters,
    long Bytes,
    double BitsPerWeight,
    IReadOnlyList<PlanDocument.File> Files,
    IReadOnlyList<PlanDocument.Tensor> Tensors,
    IReadOnlyList<PlanDocument.Drop> Dropped,
    IReadOnlyList<PlanWarning> Warnings)
{
    /// <summary>Highest resident memory of the process that is expected while the output is made, in bytes; null for not estimated.</summary>
    public long? PeakMemory { get; init; }

    /// <summary>What happens before; null without calibration.</summary>
    public PlannedCalibration? Calibration { get; init; }

    /// <param name="Name">File name without folder.</param>
    /// <param name="Bytes">Exact size.</param>
    public sealed record File(string Name, long Bytes);

    /// <param name="Name">GGUF name.</param>
    /// <param name="Shape">GGUF order.</param>
    /// <param name="Type">ggml's name of the type.</param>
    /// <param name="Reason">kept, preset, mixture, rule or fallback.</param>
    /// <param name="Note">The rule, or what did not fit.</param>
    /// <param name="Importance">Whether an importance entry is used.</param>
    /// <param name="Sources">Stored tensors that it is made of.</param>
    /// <param name="File">Index into the files.</param>
    /// <param name="Offset">First byte, from the start of the file.</param>
    /// <param name="Bytes">Length without padding.</param>
    public sealed record Tensor(
        string Name,
        IReadOnlyList<long> Shape,
        string Type,
        string Reason,
        string? Note,
        bool Importance,
        IReadOnlyList<string> Sources,
        int File,
        long Offset,
        long Bytes);

    /// <param name="Name">Name in the checkpoint.</param>
    /// <param name="Reason">Why.</param>
    public sealed record Drop(string Name, string Reason);

    /// <summary>Writes a plan down.</summary>
    public static PlanDocument Of(QuantizationPlan plan) => new(
        1,
        plan.Preset.Name,
        plan.Preset.FileType,
        plan.Weights,
        plan.Bytes,
        Math.Round(plan.BitsPerWeight, 4),
        [.. plan.Parts.Select(static p => new File(Path.GetFileName(p.Path), p.Layout.TotalBytes))],
        [.. plan.Tensors.Select(static t => new Tensor(
            t.Name,
            t.Shape,
            t.Type.Name,
            t.Choice.Reason.ToString().ToLowerInvariant(),
            t.Choice.Note,
            t.Importance is not null,
            t.Sources,
            t.Part,
            t.Offset,
            t.Bytes))],
        [.. plan.Model.Dropped.Select(static d => new Drop(d.Name, d.Reason))],
        plan.Warnings);
}
