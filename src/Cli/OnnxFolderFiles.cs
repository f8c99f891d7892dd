using ModelPack.Licensing.Identity;
using ModelPack.Models.Onnx.Folder;
using ModelPack.Quantize.Onnx;

namespace ModelPack.Cli;

/// <summary>The small files of an exported folder: what ONNX Runtime GenAI needs beside the graph, the model card and licences.</summary>
internal static class OnnxFolderFiles
{
    /// <summary>Makes them, before any weight is read.</summary>
    public static IReadOnlyList<OnnxFolderFile> Create(OnnxInput input, OnnxPlan plan)
    {
        GenAiFolderOptions options = new()
        {
            ModelFile = OnnxPlan.ModelFile,
            Provider = plan.Options.Provider,
            IsLicenseFile = LicenseFileName.IsLicenseLike,
        };
        return [.. GenAiFolder.Create(input.Checkpoint, plan.Decoder.Spec, options).Select(static f => new OnnxFolderFile(f.Name, f.Content))];
    }
}
