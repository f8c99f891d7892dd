using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using ModelPack.Quantize.Kernels.Matrices;

namespace ModelPack.Quantize.Solving.Engines;

/// <summary>A block of columns of a group's weights, sixteen rows at a time, between two products of an engine.</summary>
/// <param name="group">Has what the other blocks add, and takes the errors.</param>
/// <param name="factors">Corners and diagonals.</param>
/// <param name="setups">The members.</param>
/// <param name="rows">Rows of a member that the group has room for.</param>
/// <param name="block">Which block.</param>
/// <param name="pass">What is done.</param>
internal sealed unsafe class LaneBlock(
    IHessianGroup group, GroupFactors factors, TaskSetup[] setups, int rows, int block, LanePass pass)
{
    /// <summary>Groups of sixteen rows in one piece of work: a corner of a sweep is made once for them.</summary>
    public const int Most = 8;

    private const int Lanes = FeedbackBlock.Lanes;
    private const int Stride = FeedbackFactor.CornerStride;
    private const int Room = IHessianGroup.Block + Tile.Rows;

    private readonly int _first = factors.Place(block).First;
    private readonly int _count = factors.Place(block).Count;

    private bool IsSweep => pass is LanePass.Forth or LanePass.Back;

    /// <summary>Does some groups of a weight.</summary>
    /// <param name="weight">The weight.</param>
    /// <param name="firstGroup">The first of up to <see cref="Most"/> groups.</param>
    public void Run(LaneWeight weight, int firstGroup)
    {
        using NativeFloats? corner = IsSweep ? new((long)IHessianGroup.Block * Stride) : null;
        float* shares = corner is null ? factors.Shares(block, weight.Member) : corner.Pointer;
        int* order = stackalloc int[IHessianGroup.Block];
        float* scales = stackalloc float[2 * IHessianGroup.Block];
        float* pivots = stackalloc float[IHessianGroup.Block];
        if (IsSweep)
        {
            ReadHessian(weight.Member, shares, scales);
        }

        for (int j = 0; j < _count; j++)
        {
            int k = _first + Column(j);
            order[j] = factors.Orders[weight.Member][k];
            pivots[j] = factors.Pivots[weight.Member][k];
            if (!IsSweep)
            {
                scales[j] = block == 0 ? 0 : factors.Inverses[weight.Member][k];
            }
        }

        for (int i = firstGroup; i < Math.Min(weight.Groups, firstGroup + Most); i++)
        {
            Run(weight, i, shares, scales, order, pivots);
        }
    }

    // Columns of a block, as they are visited.
    private int Column(int j) => pass == LanePass.Back ? _count - 1 - j : j;

    /// <summary>
    /// What a column's error takes from the best place of later ones: rows of H, divided by the diagonal. Scales of what the engine added:
    /// 1 / diagonal; and of a column's own error, which the engine added as well.
    /// </summary>
    private void ReadHessian(int member, float* shares, float* scales)
    {
        ShrunkHessian hessian = setups[member].Hessian;
        float damping = setups[member].AddedDiagonal;
        int[] order = factors.Orders[member];
        for (int j = 0; j < _count; j++)
        {
            float inverse = 1 / (hessian.Diagonal[order[_first + Column(j)]] + damping);
            scales[j] = inverse;
            scales[IHessianGroup.Block + j] = factors.Hessian(block, member, Column(j), Column(j)) * inverse;
        }

        for (int i = 0; i < _count; i++)
        {
            for (int j = i + 1; j < _count; j++)
            {
                shares[(i * Stride) + j] = factors.Hessian(block, member, Column(i), Column(j)) * scales[j];
            }

            new Span<float>(shares + (i * Stride) + _count, Stride - _count).Clear();
        }
    }

    [SkipLocalsInit]
    private void Run(LaneWeight weight, int lane, float* shares, float* scales, int* order, float* pivots)
    {
        float* values = stackalloc float[Room * Lanes];
        float* originals = stackalloc float[IHessianGroup.Block * Lanes];
        float* errors = stackalloc float[IHessianGroup.Block * Lanes];
        float* before = stackalloc float[IHessianGroup.Block * Lanes];
        byte* codes = stackalloc byte[IHessianGroup.Block * Lanes];
        float* losses = stackalloc float[Lanes];
        float* known = IsSweep ? before : errors;
        if (pass == LanePass.Measure)
        {
            weight.Decoded(lane, _first, _count, errors);
            Subtract(weight.Originals(lane, _first), errors);
        }
        else if (pass != LanePass.Choose)
        {
            weight.ErrorsOf(lane, _first, _count, known);
            Reverse(known);
        }

        if (pass != LanePass.Restore)
        {
            new Span<float>(weight.Originals(lane, _first), _count * Lanes).CopyTo(new(originals, _count * Lanes));
            Reverse(originals);
            ReadValues(weight, lane, scales, originals, before, values);
            new Span<float>(losses, Lanes).Clear();
            FeedbackBlock work = new()
            {
                Count = _count,
                Run = weight.Rows.Grid.Layout.Run,
                Top = weight.Rows.Grid.Layout.Top,
                Order = order,
                Shares = shares,
                Pivots = pivots,
                Steps = weight.Steps(lane),
                Values = values,
                Originals = originals,
                Errors = errors,
                Before = IsSweep ? before : null,
                Codes = pass == LanePass.Measure ? null : codes,
                Losses = losses,
            };
            work.Go();
            Keep(weight, lane, codes, losses);
        }

        WriteErrors(weight, lane, errors, IsSweep ? before : null);
    }

    private void Keep(LaneWeight weight, int lane, byte* codes, float* losses)
    {
        if (!IsSweep)
        {
            double[] sums = pass == LanePass.Choose ? weight.Losses : weight.Nearest;
            for (int i = 0; i < Math.Min(Lanes, weight.Weight.Rows - (lane * Lanes)); i++)
            {
                sums[lane] += losses[i];
            }
        }

        if (pass != LanePass.Measure)
        {
            Span<byte> kept = weight.Codes(lane, _first, _count);
            for (int j = 0; j < _count; j++)
            {
                new ReadOnlySpan<byte>(codes + (j * Lanes), Lanes).CopyTo(kept[(Column(j) * Lanes)..]);
            }
        }
    }

    private void ReadValues(LaneWeight weight, int lane, float* scales, float* originals, float* before, float* values)
    {
        ReadOnlySpan<float> added = block == 0 && !IsSweep ? [] : group.Values[((weight.Member * _count * rows) + weight.FirstRow + (lane * Lanes))..];
        for (int j = 0; j < _count; j++)
        {
            for (int half = j * Lanes; half < (j + 1) * Lanes; half += Vector256<float>.Count)
            {
                Vector256<float> value = Vector256.Load(originals + half);
                if (!added.IsEmpty)
                {
                    int at = (Column(j) * rows) + (half % Lanes);
                    value = Vector256.FusedMultiplyAdd(Vector256.Create(added[at..]), Vector256.Create(scales[j]), value);
                }

                if (IsSweep)
                {
                    value -= Vector256.Load(before + half) * scales[IHessianGroup.Block + j];
                }

                value.Store(values + half);
            }
        }
    }

    private void WriteErrors(LaneWeight weight, int lane, float* errors, float* before)
    {
        int members = setups.Length;
        for (int j = 0; j < _count; j++)
        {
            Span<float> target = group.Errors[((((Column(j) * members) + weight.Member) * rows) + weight.FirstRow + (lane * Lanes))..];
            for (int half = 0; half < Lanes; half += Vector256<float>.Count)
            {
                Vector256<float> error = Vector256.Load(errors + (j * Lanes) + half);
                if (before is not null)
                {
                    error += Vector256.Load(before + (j * Lanes) + half);
                }

                error.CopyTo(target[half..]);
            }
        }
    }

    private void Subtract(float* from, float* values)
    {
        for (int i = 0; i < _count * Lanes; i += Vector256<float>.Count)
        {
            (Vector256.Load(from + i) - Vector256.Load(values + i)).Store(values + i);
        }
    }

    private void Reverse(float* values)
    {
        if (pass != LanePass.Back)
        {
            return;
        }

        for (int j = 0; j < _count / 2; j++)
        {
            Span<float> one = new(values + (j * Lanes), Lanes);
            Span<float> other = new(values + ((_count - 1 - j) * Lanes), Lanes);
            for (int i = 0; i < Lanes; i++)
            {
                (one[i], other[i]) = (other[i], one[i]);
            }
        }
    }
}
