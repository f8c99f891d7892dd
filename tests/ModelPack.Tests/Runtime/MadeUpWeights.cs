using ModelPack.Models.Architectures;
using ModelPack.Models.Conversion;
using ModelPack.Models.Tensors;

namespace ModelPack.Tests.Runtime;

/// <summary>Random weights for any spec, in memory; the same every time.</summary>
internal static class MadeUpWeights
{
    /// <summary>What a layer can be, in the smallest sizes.</summary>
    public static IReadOnlyDictionary<string, DecoderSpec> Specs { get; } = new Dictionary<string, DecoderSpec>
    {
        ["dense with every bias, full-width norm, sliding window, partial rotation"] = Spec(
            new RopeSpec(10000, 8, RopeLayout.Halves, new RopeScaling.None()),
            new(new AttentionSpec.Grouped(4, 2, 16, QueryKeyNorm.FullWidth, true, true, 5), new FeedForwardSpec.Dense(48, Bias: true))),
        ["multi-query with norms of heads, linear scaling, pairs"] = Spec(
            new RopeSpec(10000, 16, RopeLayout.Pairs, new RopeScaling.Linear(2)),
            new(new AttentionSpec.Grouped(4, 1, 16, QueryKeyNorm.PerHead, false, false, null), new FeedForwardSpec.Dense(48))),
        ["experts by softmax, not normalized"] = Spec(
            new RopeSpec(10000, 16, RopeLayout.Halves, new RopeScaling.None()),
            new(
                new AttentionSpec.Grouped(2, 2, 16, QueryKeyNorm.None, false, false, null),
                new FeedForwardSpec.Experts(6, 2, 24, 0, 0, new(RouterScoring.Softmax, false, null, false, 1)))),
        ["latent attention, experts in groups with a bias, a shared expert, YaRN"] = Spec(
            new RopeSpec(10000, 16, RopeLayout.Pairs, new RopeScaling.Yarn(8, 64, 32, 1, null, null, 1, 1)),
            new(
                new AttentionSpec.Latent(2, 24, 16, 16, 16, 12),
                new FeedForwardSpec.Experts(8, 3, 24, 1, 40, new(RouterScoring.Sigmoid, true, new(4, 2, true), true, 2.5)))),
        ["latent attention with plain queries, dense"] = Spec(
            new RopeSpec(10000, 16, RopeLayout.Pairs, new RopeScaling.None()),
            new(new AttentionSpec.Latent(2, null, 16, 16, 16, 20), new FeedForwardSpec.Dense(48))),
    };

    /// <summary>Names of the specs.</summary>
    public static TheoryData<string> Names { get; } = [.. Specs.Keys];

    /// <summary>Weights for a spec.</summary>
    public static ModelWeights Of(DecoderSpec spec)
    {
        Dictionary<TensorRole, TensorSource> tensors = [];
        foreach (DecoderTensor tensor in DecoderTensors.Of(spec))
        {
            if (TensorRole.IsExpert(tensor.Role.Kind))
            {
                for (int e = 0; e < tensor.Shape[0]; e++)
                {
                    tensors.Add(tensor.Role with { Expert = e }, Source(tensor.Role with { Expert = e }, tensor.Shape[1], tensor.Shape[2]));
                }
            }
            else
            {
                tensors.Add(tensor.Role, tensor.Shape.Count == 1 ? Source(tensor.Role, 1, tensor.Shape[0]) : Source(tensor.Role, tensor.Shape[0], tensor.Shape[1]));
            }
        }

        return new(spec, tensors, []);
    }

    /// <summary>Tokens of a window.</summary>
    public static int[] Tokens(int count, int seed, int vocabulary = 50)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(vocabulary))];
    }

    private static DecoderSpec Spec(RopeSpec rope, LayerSpec layer) => new(32, 50, 512, 48, 1e-6, rope, false, [layer, layer]);

    private static ArraySource Source(TensorRole role, long rows, long columns)
    {
        Random random = new(Seed($"{role}"));
        bool vector = rows == 1;
        double scale = vector ? 0.3 : 2 / Math.Sqrt(columns);
        bool norm = vector && !role.Bias && role.Kind != TensorKind.RouterBias;
        float[] values = [.. Enumerable.Range(0, (int)(rows * columns)).Select(_ => (float)((((random.NextDouble() * 2) - 1) * scale) + (norm ? 1 : 0)))];
        return new(values, (int)columns);
    }

    private static int Seed(string text) => text.Aggregate(17, static (hash, c) => unchecked((hash * 31) + c));
}
