using System.Text.Json;
using ModelPack.Models.Architectures;
using ModelPack.Models.Checkpoints;

namespace ModelPack.Tests.Models.Conversion;

/// <summary>The tensors that a hub folder of some config would hold, by the architecture's own names; no weights.</summary>
internal static class SyntheticCheckpoint
{
    public static ModelConfig Config(string json) => new("config.json", JsonDocument.Parse(json).RootElement);

    /// <summary>Every tensor a folder with this config has.</summary>
    public static Dictionary<string, CheckpointTensor> Tensors(ModelConfig config)
    {
        Architecture architecture = Architecture.Find(config);
        Dictionary<string, CheckpointTensor> tensors = new(StringComparer.Ordinal);
        foreach (DecoderTensor tensor in DecoderTensors.Of(architecture.ReadSpec(config)))
        {
            if (TensorRole.IsExpert(tensor.Role.Kind))
            {
                for (int expert = 0; expert < tensor.Shape[0]; expert++)
                {
                    Add(tensors, architecture.HubNames.Find(tensor.Role with { Expert = expert })!, [.. tensor.Shape.Skip(1)]);
                }
            }
            else
            {
                Add(tensors, architecture.HubNames.Find(tensor.Role)!, [.. tensor.Shape]);
            }
        }

        return tensors;
    }

    public static void Add(Dictionary<string, CheckpointTensor> tensors, string name, params long[] shape) =>
        tensors.Add(name, new(name, shape, new ShapeOnlySource(shape), [name]));
}
