using System.Text.Json;
using System.Text.Json.Nodes;
using ModelPack.Models.Architectures;
using ModelPack.Models.Checkpoints;
using ModelPack.Models.Tensors.Views;

namespace ModelPack.Tests.Models.Onnx.Export;

/// <summary>A config of any supported kind with random weights, in memory.</summary>
internal sealed class MadeUpDecoder
{
    private readonly Dictionary<TensorRole, float[]> _weights = [];

    /// <param name="class">Class in the config's "architectures".</param>
    /// <param name="keys">JSON object of the keys that differ from, or are missing in, a small Llama's.</param>
    /// <param name="stacked">Experts of a layer are one tensor, gate and up of each in one piece.</param>
    public MadeUpDecoder(string @class, string keys, bool stacked = false)
    {
        JsonObject json = (JsonObject)JsonNode.Parse("""
            {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 32, "vocab_size": 96,
             "max_position_embeddings": 64, "intermediate_size": 48, "rms_norm_eps": 1e-5, "rope_theta": 10000, "hidden_act": "silu"}
            """)!;
        json["architectures"] = new JsonArray(@class);
        foreach ((string key, JsonNode? value) in (JsonObject)JsonNode.Parse(keys)!)
        {
            json[key] = value?.DeepClone();
        }

        Config = new("config.json", JsonDocument.Parse(json.ToJsonString()).RootElement);
        Architecture architecture = Architecture.Find(Config);
        Spec = architecture.ReadSpec(Config);
        foreach (DecoderTensor tensor in DecoderTensors.Of(Spec))
        {
            bool experts = TensorRole.IsExpert(tensor.Role.Kind);
            foreach (int? expert in experts ? Enumerable.Range(0, (int)tensor.Shape[0]).Select(static e => (int?)e) : [null])
            {
                TensorRole role = tensor.Role with { Expert = expert };
                long[] shape = [.. experts ? tensor.Shape.Skip(1) : tensor.Shape];
                _weights[role] = Random(role, shape);
                if (!experts || !stacked)
                {
                    Add(architecture.HubNames.Find(role)!, shape, _weights[role]);
                }
            }
        }

        if (stacked)
        {
            AddStacks(architecture.HubNames);
        }
    }

    public ModelConfig Config { get; }

    public DecoderSpec Spec { get; }

    public Dictionary<string, CheckpointTensor> Tensors { get; } = [];

    /// <summary>The logits as <see cref="NaiveDecoder"/> computes them.</summary>
    public float[] Logits(int[] tokens) => new NaiveDecoder(Spec, role => _weights[role]).Logits(tokens);

    public void Add(string name, long[] shape, float[] values) =>
        Tensors.Add(name, new(name, shape, new ReshapedSource(new ConstantSource(values), (int)shape[^1]), [name]));

    private void AddStacks(HubNames names)
    {
        for (int layer = 0; layer < Spec.Layers.Count; layer++)
        {
            if (Spec.Layers[layer].FeedForward is FeedForwardSpec.Experts e)
            {
                IEnumerable<float> Of(TensorKind kind, int expert) => _weights[new(kind, layer, expert)];
                int[] all = [.. Enumerable.Range(0, e.Count)];
                Add(names.Find(new(TensorKind.ExpertGateUp, layer))!, [e.Count, 2 * e.Size, Spec.HiddenSize],
                    [.. all.SelectMany(i => Of(TensorKind.ExpertGate, i).Concat(Of(TensorKind.ExpertUp, i)))]);
                Add(names.Find(new(TensorKind.ExpertDown, layer))!, [e.Count, Spec.HiddenSize, e.Size], [.. all.SelectMany(i => Of(TensorKind.ExpertDown, i))]);
            }
        }
    }

    private static float[] Random(TensorRole role, long[] shape)
    {
        Random random = new(role.ToString().Aggregate(17, static (hash, c) => unchecked((hash * 31) + c)));
        bool norm = shape.Length == 1 && !role.Bias && role.Kind != TensorKind.RouterBias;
        double deviation = shape.Length == 1 ? 0.3 : role.Kind == TensorKind.Router ? 0.5 : 1.5 / Math.Sqrt(shape[^1]);
        float[] values = new float[shape.Aggregate(1L, static (n, d) => n * d)];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (float)((norm ? 1 : 0) + (deviation * (random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5) * 2));
        }

        return values;
    }
}
