using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ModelPack.Quantize.Kernels.Matrices;

/// <summary>
/// The one inner loop of all matrix products: a tile of 6 by 16 sums that stays in registers. Every sum is made of fused
/// multiply-adds in the order of the depth, so the result is the same on any machine.
/// </summary>
internal static unsafe class Tile
{
    /// <summary>Rows of a tile.</summary>
    public const int Rows = 6;

    /// <summary>Columns of a tile.</summary>
    public const int Columns = 16;

    /// <summary>c[i, j] += Σ over k of a[k, i] · b[k, j].</summary>
    /// <param name="depth">Number of k.</param>
    /// <param name="a">6 values for each k.</param>
    /// <param name="strideA">Floats from one k to the next in <paramref name="a"/>.</param>
    /// <param name="b">16 values for each k, one after the other.</param>
    /// <param name="c">First element of the tile.</param>
    /// <param name="strideC">Floats from one row of c to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(int depth, float* a, nint strideA, float* b, float* c, nint strideC)
    {
        Vector256<float> c00 = default, c01 = default, c10 = default, c11 = default, c20 = default, c21 = default;
        Vector256<float> c30 = default, c31 = default, c40 = default, c41 = default, c50 = default, c51 = default;
        for (; depth > 0; depth--)
        {
            Vector256<float> b0 = Vector256.Load(b);
            Vector256<float> b1 = Vector256.Load(b + 8);
            Vector256<float> value = Vector256.Create(a[0]);
            c00 = Vector256.FusedMultiplyAdd(value, b0, c00);
            c01 = Vector256.FusedMultiplyAdd(value, b1, c01);
            value = Vector256.Create(a[1]);
            c10 = Vector256.FusedMultiplyAdd(value, b0, c10);
            c11 = Vector256.FusedMultiplyAdd(value, b1, c11);
            value = Vector256.Create(a[2]);
            c20 = Vector256.FusedMultiplyAdd(value, b0, c20);
            c21 = Vector256.FusedMultiplyAdd(value, b1, c21);
            value = Vector256.Create(a[3]);
            c30 = Vector256.FusedMultiplyAdd(value, b0, c30);
            c31 = Vector256.FusedMultiplyAdd(value, b1, c31);
            value = Vector256.Create(a[4]);
            c40 = Vector256.FusedMultiplyAdd(value, b0, c40);
            c41 = Vector256.FusedMultiplyAdd(value, b1, c41);
            value = Vector256.Create(a[5]);
            c50 = Vector256.FusedMultiplyAdd(value, b0, c50);
            c51 = Vector256.FusedMultiplyAdd(value, b1, c51);
            a += strideA;
            b += 16;
        }

        AddRow(c, c00, c01);
        AddRow(c + strideC, c10, c11);
        AddRow(c + (2 * strideC), c20, c21);
        AddRow(c + (3 * strideC), c30, c31);
        AddRow(c + (4 * strideC), c40, c41);
        AddRow(c + (5 * strideC), c50, c51);
    }

    /// <summary><see cref="Add"/> at an edge: only some rows and columns of the tile exist in c.</summary>
    [SkipLocalsInit]
    public static void AddPart(int depth, float* a, nint strideA, float* b, float* c, nint strideC, int rows, int columns)
    {
        float* whole = stackalloc float[Rows * Columns];
        new Span<float>(whole, Rows * Columns).Clear();
        Add(depth, a, strideA, b, whole, Columns);
        for (int i = 0; i < Math.Min(rows, Rows); i++)
        {
            for (int j = 0; j < Math.Min(columns, Columns); j++)
            {
                c[(i * strideC) + j] += whole[(i * Columns) + j];
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddRow(float* c, Vector256<float> low, Vector256<float> high)
    {
        (Vector256.Load(c) + low).Store(c);
        (Vector256.Load(c + 8) + high).Store(c + 8);
    }
}
