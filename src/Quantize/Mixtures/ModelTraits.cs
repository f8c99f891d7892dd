using ModelPack.Models;
using ModelPack.Models.Gguf;

namespace ModelPack.Quantize.Mixtures;

/// <summary>The few hyperparameters that mixtures look at.</summary>
/// <param name="Architecture">general.architecture: "qwen3moe".</param>
/// <param name="Layers">Blocks, those of multi-token prediction included.</param>
/// <param name="Heads">Query heads of the first layer.</param>
/// <param name="KvHeads">Key and value heads of the first layer; 1 for latent attention, 0 where there is none.</param>
/// <param name="Experts">Routed experts a layer; 0 for a dense model.</param>
public sealed record ModelTraits(string Architecture, int Layers, int Heads, int KvHeads, int Experts)
{
    /// <summary>Queries that share one key and value; 0 without key and value heads.</summary>
    public int QueryGroup => KvHeads == 0 ? 0 : Heads / KvHeads;

    /// <summary>Whether llama.cpp calls it a 70B model; its narrow attn_v is then kept at 5 bits or more.</summary>
    public bool IsSeventyBillion => Layers == 80 && Architecture switch
    {
        "llama" => Heads != KvHeads && Experts != 8,
        "qwen2" or "deci" => true,
        _ => false,
    };

    /// <summary>Reads the traits from a model's metadata; head counts may be per layer.</summary>
    /// <exception cref="InvalidCheckpointException">A key is missing or out of range.</exception>
    public static ModelTraits From(GgufMetadata metadata)
    {
        string architecture = metadata.TryGet("general.architecture", out GgufValue? value)
            ? value.AsString()
            : throw new InvalidCheckpointException("metadata: general.architecture is missing");
        int layers = Read(metadata, $"{architecture}.block_count", null);
        int heads = Read(metadata, $"{architecture}.attention.head_count", 0);
        int kvHeads = Read(metadata, $"{architecture}.attention.head_count_kv", heads);
        int experts = Read(metadata, $"{architecture}.expert_count", 0);
        return new(architecture, layers, heads, kvHeads, experts);
    }

    private static int Read(GgufMetadata metadata, string key, int? otherwise)
    {
        if (!metadata.TryGet(key, out GgufValue? value))
        {
            return otherwise ?? throw new InvalidCheckpointException($"metadata: {key} is missing");
        }

        long number = value.Value switch
        {
            int[] { Length: > 0 } perLayer => perLayer[0],
            uint[] { Length: > 0 } perLayer => perLayer[0],
            _ => value.AsInteger(),
        };
        return number is >= 0 and <= 65536
            ? (int)number
            : throw new InvalidCheckpointException($"metadata: {key} is {number}; expected 0 to 65536");
    }
}
