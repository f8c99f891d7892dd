using ModelPack.Models.Conversion;
using ModelPack.Models.Gguf;

namespace ModelPack.Tests.Support;

/// <summary>Models without files, for plans and runs.</summary>
internal static class FakeModel
{
    /// <summary>A model of given tensors.</summary>
    public static GgufModel Of(params GgufModelTensor[] tensors) => Of("llama", 1, 0, tensors);

    /// <summary>A model of given tensors with the hyperparameters that mixtures look at.</summary>
    public static GgufModel Of(string architecture, int layers, int experts, params GgufModelTensor[] tensors)
    {
        GgufMetadata metadata = new()
        {
            { "general.architecture", GgufValue.Of(architecture) },
            { $"{architecture}.block_count", GgufValue.Of((uint)layers) },
            { $"{architecture}.attention.head_count", GgufValue.Of(8u) },
            { $"{architecture}.attention.head_count_kv", GgufValue.Of(2u) },
        };
        if (experts > 0)
        {
            metadata.Add($"{architecture}.expert_count", GgufValue.Of((uint)experts));
        }

        return new(metadata, tensors, GgmlType.BF16, [], []);
    }

    /// <summary>A tensor of a shape in GGUF order.</summary>
    public static GgufModelTensor Tensor(string name, params long[] shape)
    {
        long rows = shape.Skip(1).Aggregate(1L, static (n, d) => n * d);
        return Tensor(name, new FakeSource(rows, (int)shape[0], name.Length), shape);
    }

    /// <summary>A tensor with weights of its own.</summary>
    public static GgufModelTensor Tensor(string name, FakeSource weights, params long[] shape)
    {
        bool isPlain = shape.Length == 1 || name.Contains("ffn_gate_inp", StringComparison.Ordinal);
        return new(name, shape, weights, isPlain ? GgmlType.F32 : GgmlType.BF16, [$"hub.{name}"]);
    }
}
