using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using ModelPack.Quantize.Kernels.Lanes;

namespace ModelPack.Quantize.Onnx.Encoders;

/// <summary>The kernel over lanes: 16 weights of a block side by side, and while searching 16 candidates.</summary>
internal static partial class BlocksKernel
{
    private static void Vector<TLanes>(
        ReadOnlySpan<float> weights,
        BlockGrid grid,
        ReadOnlySpan<float> importance,
        Span<byte> values,
        Span<byte> scales,
        Span<byte> zeros)
        where TLanes : struct, ILanes<TLanes>
    {
        BlockCandidates candidates = BlockCandidates.For(grid);
        for (BlockCursor at = new(grid, weights.Length); at.IsInside; at.Next())
        {
            ReadOnlySpan<float> x = weights.Slice(at.First, at.Count);
            float reach = Reach<TLanes>(x, grid, out float lowest);
            BlockScale found = importance.IsEmpty
                ? Candidate(grid, candidates, candidates.Plain, reach, lowest)
                : Search<TLanes>(x, importance.Slice(at.Column, at.Count), grid, candidates, reach, lowest);
            at.Store(found, scales, zeros);
            Codes<TLanes>(x, found, grid, values.Slice(at.FirstByte, at.Bytes));
        }
    }

    private static float Reach<TLanes>(ReadOnlySpan<float> x, BlockGrid grid, out float lowest)
        where TLanes : struct, ILanes<TLanes>
    {
        TLanes low = TLanes.Create(0);
        TLanes high = TLanes.Create(0);
        if (grid.IsSymmetric)
        {
            lowest = 0;
            for (int l = 0; l < x.Length; l += 16)
            {
                high = TLanes.Max(high, TLanes.Abs(Load<TLanes>(x, l)));
            }

            return SignedPeak<TLanes>(x, TLanes.Peak(high));
        }

        for (int l = 0; l < x.Length; l += 16)
        {
            TLanes weight = Load<TLanes>(x, l);
            low = TLanes.Min(low, weight);
            high = TLanes.Max(high, weight);
        }

        lowest = TLanes.Trough(low);
        return TLanes.Peak(high) - lowest;
    }

    /// <summary>The first weight of a magnitude.</summary>
    private static float SignedPeak<TLanes>(ReadOnlySpan<float> x, float magnitude)
        where TLanes : struct, ILanes<TLanes>
    {
        TLanes peak = TLanes.Create(magnitude);
        for (int l = 0; l < x.Length && magnitude != 0; l += 16)
        {
            uint first = TLanes.Bits(TLanes.EqualTo(TLanes.Abs(Load<TLanes>(x, l)), peak));
            if (first != 0)
            {
                return x[l + BitOperations.TrailingZeroCount(first)];
            }
        }

        return 0;
    }

    private static BlockScale Search<TLanes>(
        ReadOnlySpan<float> x, ReadOnlySpan<float> h, BlockGrid grid, BlockCandidates candidates, float reach, float lowest)
        where TLanes : struct, ILanes<TLanes>
    {
        Span<float> errors = stackalloc float[16 * 6];
        int count = candidates.Factors.Length;
        TLanes top = TLanes.Create(grid.Top);
        TLanes zero = TLanes.Create(grid.Middle);
        for (int i = 0; i < count; i += 16)
        {
            TLanes scale = BlockScale.Store(TLanes.Load(in candidates.Factors[i]) * TLanes.Create(reach), grid.HasHalfScales);
            TLanes inverse = BlockScale.InverseOf(scale);
            if (!grid.IsSymmetric)
            {
                zero = BlockScale.Level(TLanes.Create(-lowest), inverse, TLanes.Create(0), top) + TLanes.Load(in candidates.ZeroSteps[i]);
                zero = TLanes.Max(TLanes.Create(0), TLanes.Min(top, zero));
            }

            Errors(x, h, scale, inverse, zero, top).Store(ref errors[i]);
        }

        int best = candidates.Plain;
        float least = errors[best];
        for (int i = 0; i < count; i++)
        {
            if (errors[i] < least)
            {
                (best, least) = (i, errors[i]);
            }
        }

        BlockScale found = Candidate(grid, candidates, best, reach, lowest);
        float fitted = Fit<TLanes>(x, h, found, grid);
        TLanes fine = BlockScale.Store(TLanes.Load(in candidates.Fine[0]) * TLanes.Create(fitted), grid.HasHalfScales);
        Errors(x, h, fine, BlockScale.InverseOf(fine), TLanes.Create(found.Zero), top).Store(ref errors[0]);
        int nearby = -1;
        for (int i = 0; i < 16; i++)
        {
            if (errors[i] < least)
            {
                (nearby, least) = (i, errors[i]);
            }
        }

        return nearby < 0 ? found : found with { Scale = BlockScale.Store(fitted * candidates.Fine[nearby], grid.HasHalfScales) };
    }

    /// <summary>The errors of 16 candidates.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLanes Errors<TLanes>(
        ReadOnlySpan<float> x, ReadOnlySpan<float> h, TLanes scale, TLanes inverse, TLanes zero, TLanes top)
        where TLanes : struct, ILanes<TLanes>
    {
        TLanes low = TLanes.Create(0) - zero;
        TLanes high = top - zero;
        TLanes sum = TLanes.Create(0);
        for (int l = 0; l < x.Length && l < h.Length; l++)
        {
            TLanes weight = TLanes.Create(x[l]);
            TLanes difference = (BlockScale.Level(weight, inverse, low, high) * scale) - weight;
            sum += TLanes.Create(h[l]) * difference * difference;
        }

        return sum;
    }

    private static float Fit<TLanes>(ReadOnlySpan<float> x, ReadOnlySpan<float> h, BlockScale scale, BlockGrid grid)
        where TLanes : struct, ILanes<TLanes>
    {
        Span<float> products = stackalloc float[16];
        Span<float> squares = stackalloc float[16];
        TLanes inverse = TLanes.Create(scale.Inverse);
        TLanes low = TLanes.Create(-scale.Zero);
        TLanes high = TLanes.Create(grid.Top - scale.Zero);
        TLanes product = TLanes.Create(0);
        TLanes square = TLanes.Create(0);
        for (int l = 0; l < x.Length; l += 16)
        {
            TLanes weight = Load<TLanes>(x, l);
            TLanes level = BlockScale.Level(weight, inverse, low, high);
            TLanes weighted = Load<TLanes>(h, l) * level;
            product += weighted * weight;
            square += weighted * level;
        }

        product.Store(ref products[0]);
        square.Store(ref squares[0]);
        return Quotient(products, squares, scale.Scale);
    }

    private static void Codes<TLanes>(ReadOnlySpan<float> x, BlockScale scale, BlockGrid grid, Span<byte> output)
        where TLanes : struct, ILanes<TLanes>
    {
        TLanes inverse = TLanes.Create(scale.Inverse);
        TLanes low = TLanes.Create(-scale.Zero);
        TLanes high = TLanes.Create(grid.Top - scale.Zero);
        TLanes zero = TLanes.Create(scale.Zero);
        int step = 2 * grid.Bits;
        for (int l = 0, at = 0; at < output.Length; l += 16, at += step)
        {
            Vector128<byte> codes = TLanes.ToBytes(BlockScale.Level(Load<TLanes>(x, l), inverse, low, high) + zero);
            codes = grid.Bits == 8 ? codes : Pairs(codes);
            if (at + 16 <= output.Length)
            {
                // Of 4 bits the upper half is zeros, which the next codes overwrite.
                codes.StoreUnsafe(ref output[at]);
            }
            else
            {
                Span<byte> rest = output[at..];
                for (int i = 0; i < Math.Min(step, rest.Length); i++)
                {
                    rest[i] = codes[i];
                }
            }
        }
    }

    /// <summary>16 codes of 4 bits as 8 bytes, the first of a pair in the low half; zeros follow.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Pairs(Vector128<byte> codes)
    {
        Vector128<ushort> pairs = codes.AsUInt16();
        return Vector128.Narrow((pairs | (pairs >>> 4)) & Vector128.Create((ushort)0x00FF), Vector128<ushort>.Zero);
    }

    /// <summary>16 floats from a place on, zeros where there are none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLanes Load<TLanes>(ReadOnlySpan<float> x, int at)
        where TLanes : struct, ILanes<TLanes> =>
        at + 16 <= x.Length ? TLanes.Load(in x[at]) : LoadRest<TLanes>(x, at);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static TLanes LoadRest<TLanes>(ReadOnlySpan<float> x, int at)
        where TLanes : struct, ILanes<TLanes>
    {
        Span<float> floats = stackalloc float[16];
        floats.Clear();
        x[Math.Min(at, x.Length)..].CopyTo(floats);
        return TLanes.Load(in floats[0]);
    }
}
