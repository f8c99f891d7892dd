namespace ModelPack.Runtime.Evaluation;

/// <summary>What one position's logits say; everything in double precision.</summary>
internal static class LogitRow
{
    /// <summary>Logarithm of the sum of the exponentials: what turns logits into log-probabilities.</summary>
    public static double LogSumExp(ReadOnlySpan<float> logits)
    {
        double most = logits[Top(logits)];
        double sum = 0;
        foreach (float logit in logits)
        {
            sum += Math.Exp(logit - most);
        }

        return most + Math.Log(sum);
    }

    /// <summary>Index of the highest logit, the first of equal ones.</summary>
    public static int Top(ReadOnlySpan<float> logits)
    {
        int top = 0;
        for (int i = 1; i < logits.Length; i++)
        {
            top = logits[i] > logits[top] ? i : top;
        }

        return top;
    }

    /// <summary>Kullback-Leibler divergence of the predictions from those of a reference, in nats; not below 0.</summary>
    public static double Divergence(ReadOnlySpan<float> reference, double referenceSum, ReadOnlySpan<float> logits, double sum)
    {
        double divergence = 0;
        for (int i = 0; i < reference.Length; i++)
        {
            double known = reference[i] - referenceSum;
            divergence += Math.Exp(known) * (known - (logits[i] - sum));
        }

        return Math.Max(0, divergence);
    }
}
