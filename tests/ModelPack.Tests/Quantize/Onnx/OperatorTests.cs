using ModelPack.Models.Onnx;
using ModelPack.Models.Onnx.Export;
using ModelPack.Models.Tensors;
using ModelPack.Quantize.Onnx;
using ModelPack.Quantize.Onnx.Encoders;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Quantize.Onnx;

/// <summary>What ONNX Runtime's operators compute from exported weights, against plain arithmetic over what our decoder says.</summary>
public sealed class OperatorTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Bits, block and symmetry of every format that a dense weight can have.</summary>
    public static IEnumerable<TheoryDataRow<int, int, bool>> Formats =>
        from bits in (int[])[4, 8]
        from size in (int[])[16, 32, 64, 128, 256]
        from symmetric in (bool[])[true, false]
        select new TheoryDataRow<int, int, bool>(bits, size, symmetric);

    /// <summary>Those of experts; 0 is one scale a row.</summary>
    public static IEnumerable<TheoryDataRow<int, int, bool>> ExpertFormats =>
        from bits in (int[])[4, 8]
        from size in (int[])[0, 16, 32, 64, 128]
        from symmetric in (bool[])[true, false]
        where size != 0 || symmetric
        select new TheoryDataRow<int, int, bool>(bits, size, symmetric);

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task MatMulNBits_computes_with_the_weights_that_our_decoder_gives(int bits, int size, bool symmetric)
    {
        // Rows that no block divides.
        (int rows, int columns, int tokens) = (24, 340, 3);
        OnnxWeightFormat.Blocks format = new(bits, size, symmetric, OnnxElementType.Float);
        int blocks = (columns + size - 1) / size;
        OnnxWeight weight = Shaped(
            FakeDecoder.Weight("w", new FakeSource(rows, columns), format), [rows, blocks, size * bits / 8], [rows, blocks], [rows, ((blocks * bits) + 7) / 8]);
        string path = await ExportAsync(
            [weight],
            [
                new("MatMulNBits", "com.microsoft", "mm", ["x", .. Names(weight)], ["y"],
                [
                    new OnnxAttribute.Int("K", columns), new OnnxAttribute.Int("N", rows), new OnnxAttribute.Int("bits", bits),
                    new OnnxAttribute.Int("block_size", size), new OnnxAttribute.Int("accuracy_level", 0),
                ]),
            ],
            [new("x", OnnxElementType.Float, [tokens, columns])]);
        float[] x = Activations(tokens * columns);
        using OrtSession session = OrtSession.Load(path);
        float[] actual = session.Run(OrtSession.Input("x", x, tokens, columns))["y"].Values;
        float[] w = Decoded(weight);
        AssertNear(Product(x, w, tokens, rows, columns), actual);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task GatherBlockQuantized_looks_up_the_rows_that_our_decoder_gives(int bits, int size, bool symmetric)
    {
        (int rows, int columns) = (50, 512);
        OnnxWeightFormat.Blocks format = new(bits, size, symmetric, OnnxElementType.Float);
        int blocks = columns / size;
        OnnxWeight weight = Shaped(
            FakeDecoder.Weight("w", new FakeSource(rows, columns), format),
            [rows, columns * bits / 8], [rows, blocks], [rows, ((blocks * bits) + 7) / 8]);
        (string values, string scales, string? zeros) = (weight.Values.Name, weight.Scales!.Name, weight.ZeroPoints?.Name);
        string path = await ExportAsync(
            [weight],
            [
                new("GatherBlockQuantized", "com.microsoft", "g", zeros is null ? [values, "i", scales] : [values, "i", scales, zeros], ["y"],
                [
                    new OnnxAttribute.Int("gather_axis", 0), new OnnxAttribute.Int("quantize_axis", 1),
                    new OnnxAttribute.Int("block_size", size), new OnnxAttribute.Int("bits", bits),
                ]),
            ],
            [new("i", OnnxElementType.Int64, [4])]);
        using OrtSession session = OrtSession.Load(path);
        long[] tokens = [49, 0, 7, 49];
        float[] actual = session.Run(OrtSession.Input("i", tokens, 4))["y"].Values;
        float[] w = Decoded(weight);
        AssertNear([.. tokens.SelectMany(t => w[((int)t * columns)..((int)(t + 1) * columns)])], actual);
    }

    [Theory]
    [MemberData(nameof(ExpertFormats))]
    public async Task QMoE_computes_with_the_weights_that_our_decoder_gives(int bits, int size, bool symmetric)
    {
        (int experts, int hidden, int inner, int tokens, int active) = (4, 256, 256, 5, 2);
        OnnxWeightFormat.Blocks format = new(bits, size, symmetric, OnnxElementType.Float);
        int[] all = [.. Enumerable.Range(0, experts)];
        int blocks = size == 0 ? 1 : hidden / size;
        long[] Scales(int rows) => size == 0 ? [experts, rows] : [experts, rows, blocks];
        OnnxWeight up = Shaped(
            FakeDecoder.Weight("fc1", new FakeSource(experts * 2 * inner, hidden, 3), format, null, all),
            [experts, 2 * inner, hidden * bits / 8], Scales(2 * inner), [experts, 2 * inner, ((blocks * bits) + 7) / 8]);
        OnnxWeight down = Shaped(
            FakeDecoder.Weight("fc2", new FakeSource(experts * hidden, inner, 4), format, null, all),
            [experts, hidden, inner * bits / 8], Scales(hidden), [experts, hidden, ((blocks * bits) + 7) / 8]);
        string[] zeros = symmetric ? [] : ["", "", "", up.ZeroPoints!.Name, down.ZeroPoints!.Name];
        List<OnnxAttribute> attributes =
        [
            new OnnxAttribute.Int("k", active), new OnnxAttribute.Int("expert_weight_bits", bits), new OnnxAttribute.Text("activation_type", "swiglu"),
            new OnnxAttribute.Int("swiglu_fusion", 1), new OnnxAttribute.Float("activation_alpha", 1), new OnnxAttribute.Float("activation_beta", 0),
            new OnnxAttribute.Int("normalize_routing_weights", 1),
        ];
        if (size > 0)
        {
            attributes.Add(new OnnxAttribute.Int("block_size", size));
        }

        string path = await ExportAsync(
            [up, down],
            [new("QMoE", "com.microsoft", "moe", ["x", "r", up.Values.Name, up.Scales!.Name, "", down.Values.Name, down.Scales!.Name, "", .. zeros], ["y"], attributes)],
            [new("x", OnnxElementType.Float, [tokens, hidden]), new("r", OnnxElementType.Float, [tokens, experts])]);
        float[] x = [.. Activations(tokens * hidden).Select(static v => v * 0.1f)];
        float[] router = Activations(tokens * experts, 9);
        using OrtSession session = OrtSession.Load(path);
        float[] actual = session.Run(OrtSession.Input("x", x, tokens, hidden), OrtSession.Input("r", router, tokens, experts))["y"].Values;
        AssertNear(Mixture(x, router, Decoded(up), Decoded(down), tokens, experts, hidden, inner, active), actual);
    }

    private static OnnxWeight Shaped(OnnxWeight weight, long[] values, long[] scales, long[] zeros) => weight with
    {
        Values = weight.Values with { Shape = values },
        Scales = weight.Scales! with { Shape = scales },
        ZeroPoints = weight.ZeroPoints is { } points ? points with { Shape = zeros } : null,
    };

    private static string[] Names(OnnxWeight weight) =>
        [.. new[] { weight.Values, weight.Scales, weight.ZeroPoints }.OfType<OnnxInitializer>().Select(static i => i.Name)];

    private async Task<string> ExportAsync(OnnxWeight[] weights, OnnxNode[] nodes, OnnxValue[] inputs)
    {
        OnnxDecoder decoder = FakeDecoder.Of(weights) with
        {
            Model = FakeDecoder.Model(nodes, inputs, [new("y", OnnxElementType.Float, null)]),
        };
        OnnxPlan plan = OnnxPlan.Create(decoder, _folder.File("m"), new OnnxOptions { Type = OnnxType.Int4, SplitMaxBytes = 600_000 });
        await OnnxExporter.RunAsync(plan, "tiny", [], new() { Threads = 2 }, null, TestContext.Current.CancellationToken);
        return Path.Combine(plan.Folder, "model.onnx");
    }

    /// <summary>The weights that the export stands for.</summary>
    private static float[] Decoded(OnnxWeight weight)
    {
        TensorSource source = weight.Source;
        BlockGrid grid = new((OnnxWeightFormat.Blocks)weight.Format, source.Columns);
        float[] weights = new float[source.Rows * source.Columns];
        source.Read(0, weights);
        byte[] values = new byte[source.Rows * grid.ValueBytes];
        byte[] scales = new byte[source.Rows * grid.ScaleBytes];
        byte[] zeros = new byte[source.Rows * grid.ZeroBytes];
        BlocksKernel.Best(weights, grid, [], values, scales, zeros);
        BlocksDecoder.Decode(values, scales, zeros, grid, weights);
        return weights;
    }

    private static float[] Activations(int count, int seed = 1)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 2) - 1)];
    }

    private static float[] Product(ReadOnlySpan<float> x, ReadOnlySpan<float> w, int tokens, int rows, int columns)
    {
        float[] y = new float[tokens * rows];
        for (int t = 0; t < tokens; t++)
        {
            for (int r = 0; r < rows; r++)
            {
                double sum = 0;
                for (int c = 0; c < columns; c++)
                {
                    sum += (double)x[(t * columns) + c] * w[(r * columns) + c];
                }

                y[(t * rows) + r] = (float)sum;
            }
        }

        return y;
    }

    private static float[] Mixture(
        float[] x, float[] router, float[] up, float[] down, int tokens, int experts, int hidden, int inner, int active)
    {
        float[] y = new float[tokens * hidden];
        for (int t = 0; t < tokens; t++)
        {
            float[] logits = router[(t * experts)..((t + 1) * experts)];
            int[] chosen = [.. Enumerable.Range(0, experts).OrderByDescending(e => logits[e]).Take(active)];
            double total = chosen.Sum(e => Math.Exp(logits[e]));
            float[] token = x[(t * hidden)..((t + 1) * hidden)];
            foreach (int e in chosen)
            {
                float[] both = Product(token, up.AsSpan(e * 2 * inner * hidden, 2 * inner * hidden), 1, 2 * inner, hidden);
                float[] middle = [.. Enumerable.Range(0, inner).Select(i => (float)(both[2 * i] / (1 + Math.Exp(-both[2 * i])) * both[(2 * i) + 1]))];
                float[] result = Product(middle, down.AsSpan(e * hidden * inner, hidden * inner), 1, hidden, inner);
                for (int i = 0; i < hidden; i++)
                {
                    y[(t * hidden) + i] += (float)(Math.Exp(logits[e]) / total * result[i]);
                }
            }
        }

        return y;
    }

    private static void AssertNear(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        double power = Math.Sqrt(expected.Sum(static e => (double)e * e) / expected.Length);
        double worst = expected.Zip(actual, static (e, a) => Math.Abs((double)e - a)).Max() / power;
        Assert.True(power > 1e-3 && worst < 1e-5, $"off by {worst} of {power}");
    }
}
