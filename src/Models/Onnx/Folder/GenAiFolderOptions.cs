using ModelPack.Models.Onnx.Export;

namespace ModelPack.Models.Onnx.Folder;

/// <summary>What the exporter knows of a folder beyond the model's description.</summary>
public sealed record GenAiFolderOptions
{
    /// <summary>File name of the graph.</summary>
    public string ModelFile { get; init; } = "model.onnx";

    /// <summary>The provider that the graph was made for.</summary>
    public OnnxProvider Provider { get; init; } = OnnxProvider.Cpu;

    /// <summary>Whether the graph has an input position_ids.</summary>
    public bool PositionIds { get; init; }

    /// <summary>Which of the source folder's files, by name, are license texts to carry along; none by default.</summary>
    public Func<string, bool> IsLicenseFile { get; init; } = static _ => false;
}
