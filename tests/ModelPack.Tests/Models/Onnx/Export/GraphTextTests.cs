using System.Globalization;
using System.Text;
using ModelPack.Models.Onnx;
using ModelPack.Models.Onnx.Export;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Models.Onnx.Export;

/// <summary>The graphs as text, for reviewers: two kinds of attention, two kinds of router, plain and in blocks.</summary>
public sealed class GraphTextTests
{
    [Fact]
    public void A_dense_layer_with_a_tied_head_in_float16() => Snapshot.Match(Text(
        new("Qwen3ForCausalLM", """{"num_hidden_layers": 1, "tie_word_embeddings": true}"""),
        OnnxExportOptions.Plain(OnnxElementType.Float16)));

    [Fact]
    public void Latent_attention_and_experts_of_two_widths() => Snapshot.Match(Text(
        new("DeepseekV3ForCausalLM", """
            {"num_hidden_layers": 1, "q_lora_rank": 48, "kv_lora_rank": 32, "qk_nope_head_dim": 32, "qk_rope_head_dim": 16, "v_head_dim": 32,
             "n_routed_experts": 8, "moe_intermediate_size": 32, "num_experts_per_tok": 2, "n_shared_experts": 1, "n_group": 4, "topk_group": 2,
             "routed_scaling_factor": 2.5}
            """),
        new((role, _, _) => new OnnxWeightFormat.Blocks(role.Expert is 0 or 5 ? 8 : 4, 16, Symmetric: true, OnnxElementType.Float))));

    [Fact]
    public void The_same_model_gives_the_same_bytes()
    {
        static byte[] Write()
        {
            using MemoryStream stream = new();
            MadeUpDecoder made = new("LlamaForCausalLM", "{}");
            OnnxWriter.Write(stream, OnnxExport.Create(made.Config, made.Tensors, OnnxExportOptions.Plain(OnnxElementType.Float)).Model);
            return stream.ToArray();
        }

        Assert.Equal(Write(), Write());
    }

    private static string Text(MadeUpDecoder made, OnnxExportOptions options)
    {
        OnnxDecoder decoder = OnnxExport.Create(made.Config, made.Tensors, options);
        StringBuilder text = new();
        foreach (OnnxValue value in decoder.Model.Graph.Inputs.Concat(decoder.Model.Graph.Outputs))
        {
            text.Append(CultureInfo.InvariantCulture, $"{value.Name}: {value.Type} [{string.Join(", ", value.Dimensions!.Select(static d => d.Name ?? $"{d.Size}"))}]\n");
        }

        foreach (OnnxNode node in decoder.Model.Graph.Nodes)
        {
            string attributes = string.Concat(node.Attributes.Select(static a => $" {a.Name}={Value(a)}"));
            text.Append(CultureInfo.InvariantCulture, $"{string.Join(", ", node.Outputs)} = {node.Operator}({string.Join(", ", node.Inputs)}){attributes}\n");
        }

        foreach (OnnxInitializer initializer in decoder.Weights.SelectMany(static w => new[] { w.Values, w.Scales, w.ZeroPoints }).OfType<OnnxInitializer>())
        {
            text.Append(CultureInfo.InvariantCulture, $"{initializer.Name}: {initializer.Type} [{string.Join(", ", initializer.Shape)}]\n");
        }

        return text.ToString();
    }

    private static string Value(OnnxAttribute attribute) => attribute switch
    {
        OnnxAttribute.Int a => a.Value.ToString(CultureInfo.InvariantCulture),
        OnnxAttribute.Float a => a.Value.ToString("g5", CultureInfo.InvariantCulture),
        OnnxAttribute.Text a => a.Value,
        _ => throw new ArgumentException(attribute.Name),
    };
}
