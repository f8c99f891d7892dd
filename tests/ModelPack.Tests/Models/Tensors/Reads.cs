using ModelPack.Models.Tensors;

namespace ModelPack.Tests.Models.Tensors;

/// <summary>Holds a source against the weights it should give, whatever run of rows is asked for.</summary>
internal static class Reads
{
    /// <summary>All weights of a source, read at once.</summary>
    public static float[] All(TensorSource source)
    {
        float[] weights = new float[checked((int)(source.Rows * source.Columns))];
        source.Read(0, weights);
        return weights;
    }

    /// <summary>Reads everything at once, then runs of 0, 1, n - 1 and n rows at even and odd offsets, into a poisoned buffer.</summary>
    public static void Equal(float[] expected, TensorSource source)
    {
        Assert.Equal(expected.Length, source.Rows * source.Columns);
        Same(expected, All(source), "all rows");
        int rows = (int)source.Rows;
        int[] lengths = [0, 1, 2, 3, 7, rows / 2, rows - 1, rows];
        int[] starts = [0, 1, 2, 3, 5, (rows / 2) + 1, rows - 1];
        foreach (int start in starts.Where(s => s >= 0 && s < rows).Distinct())
        {
            foreach (int length in lengths.Where(l => l >= 0 && l <= rows - start).Distinct())
            {
                float[] run = new float[length * source.Columns];
                Array.Fill(run, float.NegativeInfinity);
                source.Read(start, run);
                Same(expected.AsSpan(start * source.Columns, run.Length), run, $"{length} rows from {start}");
            }
        }

        if (source.Columns > 0)
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => source.Read(-1, new float[source.Columns]));
            Assert.Throws<ArgumentOutOfRangeException>(() => source.Read(source.Rows, new float[source.Columns]));
        }

        if (source.Columns > 1)
        {
            Assert.Throws<ArgumentException>(() => source.Read(0, new float[source.Columns - 1]));
        }
    }

    /// <summary>Bits must agree: 0 and -0 differ, NaN equals itself.</summary>
    private static void Same(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, string what)
    {
        for (int i = 0; i < expected.Length; i++)
        {
            if (BitConverter.SingleToUInt32Bits(expected[i]) != BitConverter.SingleToUInt32Bits(actual[i])
                && !(float.IsNaN(expected[i]) && float.IsNaN(actual[i])))
            {
                Assert.Fail($"{what}: weight {i}: {actual[i]:R}, expected {expected[i]:R}");
            }
        }
    }
}
