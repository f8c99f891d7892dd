namespace ModelPack.Tests.Models.Onnx.Export;

/// <summary>Compares runs of numbers.</summary>
internal static class Logits
{
    /// <summary>Norm of the difference over the norm of what was expected.</summary>
    public static double Distance(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        (double difference, double norm) = (0, 0);
        for (int i = 0; i < expected.Length; i++)
        {
            difference += Math.Pow(expected[i] - (double)actual[i], 2);
            norm += Math.Pow(expected[i], 2);
        }

        return Math.Sqrt(difference / norm);
    }
}
