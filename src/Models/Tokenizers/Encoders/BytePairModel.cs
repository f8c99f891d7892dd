using System.Runtime.InteropServices;
using System.Text;

namespace ModelPack.Models.Tokenizers.Encoders;

/// <summary>Byte pair encoding of words: symbols are joined by rank until no merge is left. Immutable, safe from many threads.</summary>
internal sealed class BytePairModel
{
    private const int NoSymbol = -1;

    private readonly string _file;
    private readonly BytePairSymbols _symbols;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly MergeTable _merges;
    private readonly int[] _bytes = new int[256];
    private readonly int[]? _fallback;

    /// <summary>Makes a model.</summary>
    /// <param name="file">Where the vocabulary comes from, for messages.</param>
    /// <param name="symbols">Tokens, and symbols that merges pass through on the way to one.</param>
    /// <param name="merges">Merges by rank.</param>
    public BytePairModel(string file, BytePairSymbols symbols, MergeTable merges)
    {
        (_file, _symbols, _merges) = (file, symbols, merges);
        _lookup = symbols.Ids.GetAlternateLookup<ReadOnlySpan<char>>();
        int[] fallback = new int[256];
        for (int b = 0; b < 256; b++)
        {
            _bytes[b] = symbols.Ids.GetValueOrDefault(ByteAlphabet.Spell([(byte)b]), NoSymbol);
            fallback[b] = symbols.Ids.GetValueOrDefault($"<0x{b:X2}>", NoSymbol);
        }

        _fallback = fallback;
    }

    /// <summary>What words are made of.</summary>
    public WordSpelling Spelling { get; init; }

    /// <summary>Whether a word that is a token is that token, whatever the merges say.</summary>
    public bool IgnoresMerges { get; init; }

    /// <summary>Whether characters without a token become the tokens of their bytes.</summary>
    public bool FallsBackToBytes { get; init; }

    /// <summary>The token of unknown text; null to leave it out.</summary>
    public int? Unknown { get; init; }

    /// <summary>Whether unknown characters that touch are one token.</summary>
    public bool JoinsUnknown { get; init; }

    /// <summary>Adds the ids of a word to a run.</summary>
    public void Encode(ReadOnlySpan<char> word, EncodingRun run)
    {
        if (word.IsEmpty)
        {
            return;
        }

        if (run.TryWord(word, out int[]? known))
        {
            run.Ids.AddRange(known.AsSpan());
            return;
        }

        int before = run.Ids.Count;
        if (IgnoresMerges && Whole(word) is { } whole)
        {
            run.Ids.Add(whole);
        }
        else
        {
            run.Symbols.Clear();
            if (Spelling == WordSpelling.Bytes)
            {
                AddBytes(word, run);
            }
            else
            {
                AddCharacters(word, run);
            }

            run.Symbols.Join(_merges);
            foreach (int symbol in run.Symbols.Ids)
            {
                _symbols.AddTokens(symbol, run.Ids);
            }
        }

        run.Remember(word, CollectionsMarshal.AsSpan(run.Ids)[before..]);
    }

    private int? Whole(ReadOnlySpan<char> word)
    {
        if (Spelling == WordSpelling.Bytes)
        {
            word = ByteAlphabet.Spell(Encoding.UTF8.GetBytes(word.ToArray()));
        }

        return _lookup.TryGetValue(word, out int id) && id < _symbols.Tokens ? id : null;
    }

    private void AddBytes(ReadOnlySpan<char> word, EncodingRun run)
    {
        int most = Encoding.UTF8.GetMaxByteCount(word.Length);
        if (run.Bytes.Length < most)
        {
            run.Bytes = new byte[most];
        }

        int count = Encoding.UTF8.GetBytes(word, run.Bytes);
        bool unknown = false;
        foreach (byte b in run.Bytes.AsSpan(0, count))
        {
            if (_bytes[b] != NoSymbol)
            {
                run.Symbols.Add(_bytes[b]);
                unknown = false;
            }
            else
            {
                AddUnknown(run, ref unknown);
            }
        }
    }

    private void AddCharacters(ReadOnlySpan<char> word, EncodingRun run)
    {
        bool unknown = false;
        Span<byte> utf8 = stackalloc byte[4];
        for (int at = 0; at < word.Length;)
        {
            int width = at + 1 < word.Length && char.IsSurrogatePair(word[at], word[at + 1]) ? 2 : 1;
            ReadOnlySpan<char> character = word.Slice(at, width);
            at += width;
            if (_lookup.TryGetValue(character, out int id))
            {
                run.Symbols.Add(id);
                unknown = false;
                continue;
            }

            ReadOnlySpan<byte> bytes = utf8[..Encoding.UTF8.GetBytes(character, utf8)];
            if (FallsBackToBytes && HasAll(bytes))
            {
                foreach (byte b in bytes)
                {
                    run.Symbols.Add(_fallback![b]);
                }

                unknown = false;
            }
            else
            {
                AddUnknown(run, ref unknown);
            }
        }
    }

    private bool HasAll(ReadOnlySpan<byte> bytes)
    {
        foreach (byte b in bytes)
        {
            if (_fallback![b] == NoSymbol)
            {
                return false;
            }
        }

        return true;
    }

    private void AddUnknown(EncodingRun run, ref bool before)
    {
        if (Unknown is { } id && !(before && JoinsUnknown))
        {
            run.Symbols.Add(id);
        }

        before = true;
    }
}
