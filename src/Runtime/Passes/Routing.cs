namespace ModelPack.Runtime.Passes;

/// <summary>Which tokens go to which expert of a layer.</summary>
/// <param name="tokens">All tokens.</param>
/// <param name="count">Experts.</param>
/// <param name="active">Experts a token is sent to.</param>
internal sealed class Routing(long tokens, int count, int active)
{
    private readonly int[] _chosen = new int[checked(tokens * active)];
    private readonly float[] _gates = new float[checked(tokens * active)];
    private readonly int[] _tokens = new int[checked(tokens * active)];
    private readonly float[] _sorted = new float[checked(tokens * active)];
    private readonly int[] _starts = new int[count + 1];

    /// <summary>Experts of a token, to be filled.</summary>
    public Span<int> Chosen(long token) => _chosen.AsSpan(checked((int)(token * active)), active);

    /// <summary>Weights of a token's experts, to be filled.</summary>
    public Span<float> Gates(long token) => _gates.AsSpan(checked((int)(token * active)), active);

    /// <summary>Sorts by expert, when all tokens are filled.</summary>
    public void Sort()
    {
        foreach (int expert in _chosen)
        {
            _starts[expert + 1]++;
        }

        for (int e = 0; e < count; e++)
        {
            _starts[e + 1] += _starts[e];
        }

        int[] next = [.. _starts];
        for (int i = 0; i < _chosen.Length; i++)
        {
            int place = next[_chosen[i]]++;
            (_tokens[place], _sorted[place]) = (i / active, _gates[i]);
        }
    }

    /// <summary>Tokens of an expert, ascending, with their weights.</summary>
    public RoutedTokens Of(int expert)
    {
        Range range = _starts[expert].._starts[expert + 1];
        return new(_tokens.AsMemory()[range], _sorted.AsMemory()[range]);
    }
}
