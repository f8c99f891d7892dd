namespace ModelPack.Models.Tokenizers.Encoders;

/// <summary>Finds tokens in text by their spelling, as a tree of UTF-16 units.</summary>
internal sealed class TokenFinder
{
    private readonly Dictionary<(int Node, char Next), int> _edges = [];
    private readonly List<int> _tokens = [-1];
    private readonly bool[] _starts = new bool[char.MaxValue + 1];

    /// <summary>Whether there is anything to find.</summary>
    public bool IsEmpty { get; private set; } = true;

    /// <summary>Adds a spelling; the first index given for it counts.</summary>
    public void Add(string text, int index)
    {
        if (text.Length == 0)
        {
            return;
        }

        IsEmpty = false;
        _starts[text[0]] = true;
        int node = 0;
        foreach (char c in text)
        {
            if (!_edges.TryGetValue((node, c), out int next))
            {
                next = _tokens.Count;
                _tokens.Add(-1);
                _edges.Add((node, c), next);
            }

            node = next;
        }

        _tokens[node] = _tokens[node] < 0 ? index : _tokens[node];
    }

    /// <summary>The next place where any spelling may start, at or after a place; the end when there is none.</summary>
    public int NextStart(string text, int at, int end)
    {
        while (at < end && !_starts[text[at]])
        {
            at++;
        }

        return at;
    }

    /// <summary>The longest spelling that starts at a place.</summary>
    /// <returns>Its index, or -1, and where it ends.</returns>
    public (int Index, int End) Longest(string text, int at, int end)
    {
        (int Index, int End) found = (-1, at);
        int node = 0;
        while (at < end && _edges.TryGetValue((node, text[at]), out node))
        {
            at++;
            found = _tokens[node] >= 0 ? (_tokens[node], at) : found;
        }

        return found;
    }

    /// <summary>Adds every place of every spelling, within others too, from the left; of those that start alike the shortest first.</summary>
    public void CollectAll(string text, List<(int Start, int Index)> found)
    {
        if (IsEmpty)
        {
            return;
        }

        for (int start = NextStart(text, 0, text.Length); start < text.Length; start = NextStart(text, start + 1, text.Length))
        {
            int node = 0;
            for (int at = start; at < text.Length && _edges.TryGetValue((node, text[at]), out node); at++)
            {
                if (_tokens[node] >= 0)
                {
                    found.Add((start, _tokens[node]));
                }
            }
        }
    }
}
