using ModelPack.Quantize.Blocks;
using ModelPack.Quantize.Kernels.Lanes;

namespace ModelPack.Quantize.Kernels;

/// <summary>Encodes the K types that have minimums (Q2_K, Q4_K, Q5_K); every variant gives the same bytes.</summary>
/// <remarks>
/// Source: ggml v0.5.0, ggml-quants.c: quantize_row_q4_K_ref (without importance), quantize_row_q4_K_impl (with), and so on.
/// </remarks>
internal static partial class KKernel<TBlock>
    where TBlock : unmanaged, IKBlock<TBlock>
{
    public static KernelVariants<TBlock> Variants { get; } =
        new(Scalar, Vector<Lanes128>, Vector<Lanes256>, Vector<Lanes512>);

    private static void Scalar(
        ReadOnlySpan<float> weights, int columns, ReadOnlySpan<float> importance, Span<TBlock> blocks)
    {
        Span<byte> levels = stackalloc byte[256];
        for (int i = 0; i < blocks.Length; i++)
        {
            ReadOnlySpan<float> x = weights.Slice(i * 256, 256);
            if (importance.IsEmpty)
            {
                Plain(x, ref blocks[i], levels);
            }
            else
            {
                Weighted(x, importance.Slice((int)(i * 256L % columns), 256), ref blocks[i], levels);
            }

            RoundToScales(x, blocks[i], levels);
            blocks[i].SetLevels(levels);
        }
    }

    private static void Plain(ReadOnlySpan<float> x, ref TBlock block, Span<byte> levels)
    {
        AffineSearch search = TBlock.Plain;
        int n = search.Weights;
        Span<float> weights = stackalloc float[n];
        Span<float> scales = stackalloc float[256 / n];
        Span<float> minimums = stackalloc float[256 / n];
        for (int j = 0; j < scales.Length; j++)
        {
            ReadOnlySpan<float> run = x.Slice(j * n, n);
            float floor = TBlock.AddsRootMeanSquare ? MathF.Sqrt(SquareSums.Of(run) / n) : 0;
            for (int l = 0; l < n; l++)
            {
                weights[l] = floor + MathF.Abs(run[l]);
            }

            (scales[j], minimums[j]) = AffineFit.Scalar(search, run, weights, levels.Slice(j * n, n));
        }

        KCodes.Plain(ref block, scales, minimums);
    }

    private static void Weighted(
        ReadOnlySpan<float> x, ReadOnlySpan<float> importance, ref TBlock block, Span<byte> levels)
    {
        AffineSearch search = TBlock.Weighted;
        int n = search.Weights;
        Span<float> weights = stackalloc float[n];
        Span<float> scales = stackalloc float[256 / n];
        Span<float> minimums = stackalloc float[256 / n];
        Span<float> totals = stackalloc float[256 / n];
        float meanSquare = TBlock.MeanSquareFactor * SquareSums.Of(x) / 256;
        totals.Clear();
        for (int j = 0; j < scales.Length; j++)
        {
            ReadOnlySpan<float> run = x.Slice(j * n, n);
            for (int l = 0; l < n; l++)
            {
                weights[l] = importance[(j * n) + l] * MathF.Sqrt(meanSquare + (run[l] * run[l]));
                totals[j] += weights[l];
            }

            (scales[j], minimums[j]) = AffineFit.Scalar(search, run, weights, levels.Slice(j * n, n));
        }

        Span<byte> scaleCodes = stackalloc byte[scales.Length];
        Span<byte> minimumCodes = stackalloc byte[scales.Length];
        float scale = PositiveFit.Scalar(TBlock.TopCode, scales, totals, scaleCodes);
        float minimum = PositiveFit.Scalar(TBlock.TopCode, minimums, totals, minimumCodes);
        block.SetScales(scale, minimum, scaleCodes, minimumCodes);
    }

    /// <summary>Levels again, for the scales that a reader will see; a sub-block without one keeps those it has.</summary>
    private static void RoundToScales(ReadOnlySpan<float> x, in TBlock block, Span<byte> levels)
    {
        AffineSearch search = TBlock.Plain;
        int n = search.Weights;
        for (int j = 0; j < 256 / n; j++)
        {
            (float scale, float minimum) = block.ScalesOf(j);
            for (int l = j * n; scale != 0 && l < (j + 1) * n; l++)
            {
                levels[l] = AffineFit.Level(search, (x[l] + minimum) / scale);
            }
        }
    }
}
