using System.Diagnostics.CodeAnalysis;
using ModelPack.Models.Tokenizers.Patterns;

namespace ModelPack.Models.Tokenizers.Encoders;

/// <summary>What one call of the encoder works with: the ids so far, scratch memory and words seen before. For one thread at a time.</summary>
internal sealed class EncodingRun
{
    private const int MaxCachedWords = 1 << 16;

    private const int MaxCachedLength = 32;

    private readonly Dictionary<string, int[]> _words = [];

    private readonly Dictionary<string, int[]>.AlternateLookup<ReadOnlySpan<char>> _lookup;

    public EncodingRun() => _lookup = _words.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Ids so far.</summary>
    public List<int> Ids { get; } = [];

    /// <summary>For patterns.</summary>
    public PatternRun Matching { get; } = new();

    /// <summary>Symbols of the word at hand, and how they are chained.</summary>
    public SymbolChain Symbols { get; } = new();

    /// <summary>Bytes of the word at hand.</summary>
    public byte[] Bytes { get; set; } = new byte[256];

    /// <summary>Finds the ids of a word that was seen before.</summary>
    public bool TryWord(ReadOnlySpan<char> word, [NotNullWhen(true)] out int[]? ids)
    {
        ids = null;
        return word.Length <= MaxCachedLength && _lookup.TryGetValue(word, out ids);
    }

    /// <summary>Remembers the ids of a word; all is forgotten when there are too many.</summary>
    public void Remember(ReadOnlySpan<char> word, ReadOnlySpan<int> ids)
    {
        if (word.Length > MaxCachedLength)
        {
            return;
        }

        if (_words.Count == MaxCachedWords)
        {
            _words.Clear();
        }

        _words[word.ToString()] = ids.ToArray();
    }
}
