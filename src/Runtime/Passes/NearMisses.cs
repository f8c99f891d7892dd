namespace ModelPack.Runtime.Passes;

/// <summary>For experts that saw few tokens: those that went elsewhere with the highest scores for them.</summary>
internal sealed class NearMisses
{
    private readonly Dictionary<int, (int Wanted, PriorityQueue<int, (float Score, int Later)> Worst)> _starved = [];

    /// <summary>Whether no expert wants any.</summary>
    public bool Empty => _starved.Count == 0;

    /// <summary>Asks for so many tokens of an expert.</summary>
    public void Want(int expert, int count) => _starved.Add(expert, (count, new()));

    /// <summary>Takes a token into account. Of equal scores the earlier token wins.</summary>
    /// <param name="token">Ascending.</param>
    /// <param name="scores">For all experts.</param>
    /// <param name="chosen">Experts that the token goes to.</param>
    public void See(int token, ReadOnlySpan<float> scores, ReadOnlySpan<int> chosen)
    {
        foreach ((int expert, (int wanted, PriorityQueue<int, (float, int)> worst)) in _starved)
        {
            if (chosen.Contains(expert) || float.IsNaN(scores[expert]))
            {
                continue;
            }

            if (worst.Count < wanted)
            {
                worst.Enqueue(token, (scores[expert], -token));
            }
            else
            {
                worst.EnqueueDequeue(token, (scores[expert], -token));
            }
        }
    }

    /// <summary>The best of an expert, by token, each with its score.</summary>
    public RoutedTokens Of(int expert)
    {
        if (!_starved.TryGetValue(expert, out (int, PriorityQueue<int, (float Score, int)> Worst) starved))
        {
            return RoutedTokens.None;
        }

        (int Token, float Score)[] best = [.. starved.Worst.UnorderedItems.Select(static i => (i.Element, i.Priority.Score)).Order()];
        return new(Array.ConvertAll(best, static b => b.Token), Array.ConvertAll(best, static b => b.Score));
    }
}
