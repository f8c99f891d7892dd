namespace ModelPack.Licensing.Reports;

/// <summary>What a bill of materials says of a model besides its licenses and its lineage.</summary>
public sealed record ReportModel
{
    /// <summary>Nothing: what is known of a work that is not part of the package.</summary>
    internal static ReportModel Unknown { get; } = new() { Files = [], Facts = [], Tensors = [] };

    public string? Version { get; init; }

    /// <summary>Where it is, as a package URL; null when it is in no package.</summary>
    public string? PackageUrl { get; init; }

    /// <summary>"Qwen3MoeForCausalLM"; null when not known.</summary>
    public string? Architecture { get; init; }

    /// <summary>Whether text goes in and text comes out.</summary>
    public bool IsTextModel { get; init; }

    /// <summary>Its files, by path.</summary>
    public required IReadOnlyList<ReportFile> Files { get; init; }

    /// <summary>Format, number of weights, quantization, calibration: what the standards have no field for.</summary>
    public required IReadOnlyList<ReportFact> Facts { get; init; }

    /// <summary>Every stored tensor; empty when they are not known.</summary>
    public required IReadOnlyList<ReportTensor> Tensors { get; init; }
}
