using ModelPack.Models.Safetensors;

namespace ModelPack.Models.Checkpoints;

/// <summary>What can be wrong with a checkpoint's folder as a whole.</summary>
internal static class CheckpointFaults
{
    public static ModelPackException NoFolder(string folder) =>
        new($"{folder}: no such folder; expected a checkpoint folder as downloaded from a hub");

    public static InvalidCheckpointException NoConfig(string folder) =>
        new($"{folder}: config.json is missing; expected a checkpoint folder as downloaded from a hub");

    public static InvalidCheckpointException NoWeights(string folder) =>
        new($"{folder}: no weights; expected model.safetensors, or {SafetensorsIndex.FileName} and the files it names");

    public static UnsupportedModelException OnlyPickles(string folder, IReadOnlyCollection<string> files) =>
        new($"{folder}: only pickled weights ({Spelling.Some(files, 3)}), which can run any code when opened and are never read; "
            + "convert them to safetensors where you trust their source, or download the safetensors revision");
}
