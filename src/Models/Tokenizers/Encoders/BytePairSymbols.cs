namespace ModelPack.Models.Tokenizers.Encoders;

/// <summary>Symbols of byte pair encoding: the tokens by their ids, and above them texts that are no tokens but stand in merges.</summary>
internal sealed class BytePairSymbols
{
    private readonly List<int[]> _passing = [];

    /// <summary>Starts with the tokens.</summary>
    /// <param name="ids">Ids by text; symbols that are no tokens are added to it.</param>
    /// <param name="tokens">No token's id is as high.</param>
    public BytePairSymbols(Dictionary<string, int> ids, int tokens) => (Ids, Tokens) = (ids, tokens);

    /// <summary>Symbols by text.</summary>
    public Dictionary<string, int> Ids { get; }

    /// <summary>Symbols from here on are no tokens.</summary>
    public int Tokens { get; }

    /// <summary>The symbol of a text; a new one when it is no token.</summary>
    /// <remarks>
    /// llama.cpp joins through texts that are no tokens, and where one is left at the end gives the tokens of its characters;
    /// it looks bytes up one by one, so only ASCII finds any. Source: llm_tokenizer_bpe_session in llama.cpp.
    /// </remarks>
    public int GetOrAdd(string text)
    {
        if (!Ids.TryGetValue(text, out int id))
        {
            id = Tokens + _passing.Count;
            _passing.Add([.. text.Where(char.IsAscii).Select(c => Ids.GetValueOrDefault(c.ToString(), -1)).Where(i => i >= 0 && i < Tokens)]);
            Ids.Add(text, id);
        }

        return id;
    }

    /// <summary>Adds the tokens that a symbol stands for.</summary>
    public void AddTokens(int symbol, List<int> ids)
    {
        if (symbol < Tokens)
        {
            ids.Add(symbol);
        }
        else
        {
            ids.AddRange(_passing[symbol - Tokens].AsSpan());
        }
    }
}
