using ModelPack.Quantize.Plans;

namespace ModelPack.Quantize.Onnx;

/// <summary>A plan for machines: stable field names, no paths of the machine it was made on.</summary>
/// <param name="SchemaVersion">1; raised when a field changes its meaning.</param>
/// <param name="Format">"onnx".</param>
/// <param name="Type">"int4".</param>
/// <param name="Provider">"cpu" or "cuda".</param>
/// <param name="BlockSize">Weights that share a scale; 0 for one scale a row of an expert.</param>
/// <param name="Symmetric">Whether blocks go without zero points.</param>
/// <param name="Parameters">Number of weights.</param>
/// <param name="Bytes">Exact size of the graph and its data.</param>
/// <param name="BitsPerWeight">The graph not counted, rounded to four digits.</param>
/// <param name="Files">Names and sizes of the graph and its data.</param>
/// <param name="Tensors">In file order.</param>
/// <param name="Dropped">Source tensors that are left out.</param>
/// <param name="Warnings">What a user should know.</param>
public sealed record OnnxPlanDocument(
    int SchemaVersion,
    string Format,
    string Type,
    string Provider,
    int BlockSize,
    bool Symmetric,
    long Parameters,
    long Bytes,
    double BitsPerWeight,
    IReadOnlyList<PlanDocument.File> Files,
    IReadOnlyList<OnnxPlanDocument.Weight> Tensors,
    IReadOnlyList<PlanDocument.Drop> Dropped,
    IReadOnlyList<PlanWarning> Warnings)
{
    /// <summary>Highest resident memory of the process that is expected while the output is made, in bytes; null for not estimated.</summary>
    public long? PeakMemory { get; init; }

    /// <summary>What happens before; null without calibration.</summary>
    public PlannedCalibration? Calibration { get; init; }

    /// <param name="Name">Name of the initializer of the values.</param>
    /// <param name="Rows">Rows of weights.</param>
    /// <param name="Columns">Their length.</param>
    /// <param name="Experts">The experts of a stack.</param>
    /// <param name="Type">"int4 g32 sym", "f16".</param>
    /// <param name="Method">copy, rtn or importance.</param>
    /// <param name="Reason">kept, preset, mixture or rule.</param>
    /// <param name="Note">The rule.</param>
    /// <param name="Sources">Stored tensors that it is made of.</param>
    /// <param name="Initializers">Its values, scales and zero points.</param>
    public sealed record Weight(
        string Name,
        long Rows,
        int Columns,
        IReadOnlyList<int>? Experts,
        string Type,
        string Method,
        string Reason,
        string? Note,
        IReadOnlyList<string> Sources,
        IReadOnlyList<Place> Initializers);

    /// <param name="Name">Name in the graph.</param>
    /// <param name="File">Index into the files; the graph is the first.</param>
    /// <param name="Offset">First byte, from the start of the file.</param>
    /// <param name="Bytes">Length.</param>
    public sealed record Place(string Name, int File, long Offset, long Bytes);

    /// <summary>Writes a plan down.</summary>
    public static OnnxPlanDocument Of(OnnxPlan plan) => new(
        1,
        "onnx",
        plan.Options.Type.Name,
        plan.Options.Provider.ToString().ToLowerInvariant(),
        plan.Options.BlockSize,
        plan.Options.Symmetric,
        plan.Parameters,
        plan.Bytes,
        Math.Round(plan.BitsPerWeight, 4),
        [new(OnnxPlan.ModelFile, plan.Model.Length), .. plan.DataFiles.Select(static f => new PlanDocument.File(f.Name, f.Bytes))],
        [.. plan.Weights.Select(w => Describe(plan, w))],
        [.. plan.Decoder.Dropped.Select(static d => new PlanDocument.Drop(d.Name, d.Reason))],
        plan.Warnings);

    private static Weight Describe(OnnxPlan plan, OnnxPlannedWeight weight)
    {
        OnnxTypeChoice choice = ChoiceOf(plan, weight);
        return new(
            weight.Name,
            weight.Weight.Source.Rows,
            weight.Weight.Source.Columns,
            weight.Weight.Experts.Count == 0 ? null : weight.Weight.Experts,
            weight.Type,
            weight.Method,
            choice.Reason.ToString().ToLowerInvariant(),
            choice.Rule,
            weight.Weight.SourceNames,
            [.. weight.Places.Select(static p => new Place(p.Initializer.Name, p.File + 1, p.Offset, p.Initializer.Bytes))]);
    }

    /// <summary>Why a weight has its type; "kept" for what nobody chose.</summary>
    public static OnnxTypeChoice ChoiceOf(OnnxPlan plan, OnnxPlannedWeight weight) =>
        plan.Types is { } types && weight.Weight.Role is { } role
            ? types.Find(weight.Weight.Experts is [int first, ..] ? role with { Expert = first } : role)
            : new(OnnxType.F32, TypeReason.Kept);
}
