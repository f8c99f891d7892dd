using ModelPack.Models.Architectures;

namespace ModelPack.Runtime.Passes;

/// <summary>Chooses experts from a router's logits, as <see cref="RouterSpec"/> says. Of equal scores the lower expert wins; NaN loses.</summary>
/// <param name="experts">The layer's experts.</param>
/// <param name="bias">Added to the scores for choosing; empty for none.</param>
internal sealed class Router(FeedForwardSpec.Experts experts, float[] bias)
{
    private readonly RouterSpec _spec = experts.Router;

    /// <summary>Experts that a token is sent to.</summary>
    public int Active => experts.Active;

    /// <summary>All experts.</summary>
    public int Count => experts.Count;

    /// <summary>Chooses for one token.</summary>
    /// <param name="logits">One for each expert; replaced by the scores.</param>
    /// <param name="choice">Scratch, one for each expert.</param>
    /// <param name="chosen">Filled with the experts, best first.</param>
    /// <param name="gates">Filled with their weights.</param>
    public void Choose(Span<float> logits, Span<float> choice, Span<int> chosen, Span<float> gates)
    {
        Score(logits);
        for (int e = 0; e < choice.Length; e++)
        {
            float value = bias.Length > 0 ? logits[e] + bias[e] : logits[e];
            choice[e] = float.IsNaN(value) ? float.MinValue : value;
        }

        if (_spec.Groups is { } groups && groups.Active < groups.Count)
        {
            Limit(choice, groups);
        }

        double sum = 0;
        for (int i = 0; i < chosen.Length; i++)
        {
            int best = Best(choice);
            choice[best] = float.NegativeInfinity;
            chosen[i] = best;
            gates[i] = logits[best];
            sum += logits[best];
        }

        // DeepSeek's own code guards the sum with this, too little to be seen elsewhere.
        double factor = _spec.Scale / (_spec.Normalize ? sum + 1e-20 : 1);
        for (int i = 0; i < gates.Length; i++)
        {
            gates[i] = (float)(gates[i] * factor);
        }
    }

    private void Score(Span<float> logits)
    {
        if (_spec.Scoring == RouterScoring.Sigmoid)
        {
            foreach (ref float value in logits)
            {
                value = 1 / (1 + MathF.Exp(-value));
            }

            return;
        }

        float highest = float.NegativeInfinity;
        foreach (float value in logits)
        {
            highest = Math.Max(highest, value);
        }

        float sum = 0;
        foreach (ref float value in logits)
        {
            value = MathF.Exp(value - highest);
            sum += value;
        }

        foreach (ref float value in logits)
        {
            value /= sum;
        }
    }

    // Experts outside the best groups get a score below all others.
    private static void Limit(Span<float> choice, RouterGroups groups)
    {
        int size = choice.Length / groups.Count;
        Span<float> ranks = groups.Count <= 256 ? stackalloc float[groups.Count] : new float[groups.Count];
        for (int g = 0; g < groups.Count; g++)
        {
            ranks[g] = Rank(choice.Slice(g * size, size), groups.BestTwo);
        }

        for (int active = 0; active < groups.Active; active++)
        {
            ranks[Best(ranks)] = float.NegativeInfinity;
        }

        for (int g = 0; g < groups.Count; g++)
        {
            if (!float.IsNegativeInfinity(ranks[g]))
            {
                choice.Slice(g * size, size).Fill(float.NegativeInfinity);
            }
        }
    }

    private static float Rank(ReadOnlySpan<float> scores, bool two)
    {
        (float first, float second) = (float.MinValue, float.MinValue);
        foreach (float score in scores)
        {
            (first, second) = score > first ? (score, first) : (first, Math.Max(second, score));
        }

        return two && scores.Length > 1 ? Math.Max(first + second, float.MinValue) : first;
    }

    private static int Best(ReadOnlySpan<float> scores)
    {
        int best = 0;
        for (int i = 1; i < scores.Length; i++)
        {
            best = scores[i] > scores[best] ? i : best;
        }

        return best;
    }
}
