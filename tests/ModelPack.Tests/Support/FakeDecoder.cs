using ModelPack.Models.Architectures;
using ModelPack.Models.Onnx;
using ModelPack.Models.Onnx.Export;
using ModelPack.Models.Tensors;

namespace ModelPack.Tests.Support;

/// <summary>Decoders without files and without a real graph, for plans and runs.</summary>
internal static class FakeDecoder
{
    /// <summary>A small mixture of experts: 1 layer, 6 experts.</summary>
    public static DecoderSpec Spec { get; } = new(
        64,
        96,
        128,
        64,
        1e-6,
        new RopeSpec(10000, 16, RopeLayout.Halves, new RopeScaling.None()),
        false,
        [
            new LayerSpec(
                new AttentionSpec.Grouped(4, 2, 16, QueryKeyNorm.PerHead, false, false, null),
                new FeedForwardSpec.Experts(6, 2, 32, 0, 0, new RouterSpec(RouterScoring.Softmax, false, null, true, 1))),
        ]);

    /// <summary>A decoder of given weights.</summary>
    public static OnnxDecoder Of(params OnnxWeight[] weights) => new(Spec, Model([]), weights, [], []);

    /// <summary>A model of given nodes.</summary>
    public static OnnxModel Model(
        IReadOnlyList<OnnxNode> nodes, IReadOnlyList<OnnxValue>? inputs = null, IReadOnlyList<OnnxValue>? outputs = null) => new(
        new OnnxGraph("main", nodes, inputs ?? [], outputs ?? [], []),
        [new("", 21), new("com.microsoft", 1)],
        10,
        "modelpack",
        "0.1.0",
        []);

    /// <summary>A weight with initializers of flat shapes.</summary>
    public static OnnxWeight Weight(string name, TensorSource source, OnnxWeightFormat format, TensorRole? role = null, params int[] experts)
    {
        long rows = source.Rows;
        int columns = source.Columns;
        if (format is OnnxWeightFormat.Plain plain)
        {
            long bytes = rows * columns * (plain.Type == OnnxElementType.Float ? 4 : 2);
            return new(role, experts, source, [$"hub.{name}"], format, new(name, plain.Type, [rows, columns], bytes), null, null);
        }

        OnnxWeightFormat.Blocks blocks = (OnnxWeightFormat.Blocks)format;
        int size = blocks.BlockSize == 0 ? columns : blocks.BlockSize;
        int count = (columns + size - 1) / size;
        int values = ((count * size * blocks.Bits) + 7) / 8;
        int zeros = ((count * blocks.Bits) + 7) / 8;
        int scale = blocks.ScaleType == OnnxElementType.Float ? 4 : 2;
        return new(
            role,
            experts,
            source,
            [$"hub.{name}"],
            format,
            new(name, OnnxElementType.UInt8, [rows, values], rows * values),
            new($"{name}_scales", blocks.ScaleType, [rows, count], rows * count * scale),
            blocks.Symmetric ? null : new($"{name}_zero_points", OnnxElementType.UInt8, [rows, zeros], rows * zeros));
    }
}
