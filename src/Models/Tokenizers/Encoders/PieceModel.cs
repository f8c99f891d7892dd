using System.Text;

namespace ModelPack.Models.Tokenizers.Encoders;

/// <summary>Sentencepiece's BPE: characters are joined to pieces, the pair whose piece has the highest score first.</summary>
/// <remarks>Source: llm_tokenizer_spm in llama.cpp; characters without a piece become the tokens of their bytes.</remarks>
internal sealed class PieceModel
{
    private readonly string _file;
    private readonly Dictionary<string, int> _ids = [];
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly float[] _scores;
    private readonly int _longest;
    private readonly int? _unknown;

    public PieceModel(string file, IReadOnlyList<VocabularyToken> tokens, int? unknown)
    {
        (_file, _unknown) = (file, unknown);
        _scores = new float[tokens.Count];
        for (int id = 0; id < tokens.Count; id++)
        {
            _ids.TryAdd(tokens[id].Text, id);
            _scores[id] = tokens[id].Score;
            _longest = Math.Max(_longest, tokens[id].Text.Length);
        }

        _lookup = _ids.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>Adds the ids of a text whose spaces are spelled "▁".</summary>
    public void Encode(string text, EncodingRun run)
    {
        Chain chain = new(text);
        PriorityQueue<(int Left, int Right, int End), ulong> pairs = new();
        for (int left = 0; left < text.Length; left = chain.Next[left])
        {
            Offer(text, chain, left, pairs);
        }

        while (pairs.TryDequeue(out (int Left, int Right, int End) pair, out _))
        {
            // Outdated when either side was joined to something else in the meantime.
            if (chain.Next[pair.Left] != pair.Right || pair.Right == text.Length || chain.Next[pair.Right] != pair.End)
            {
                continue;
            }

            chain.Join(pair.Left, pair.Right);
            Offer(text, chain, pair.Left, pairs);
            if (chain.Previous[pair.Left] >= 0)
            {
                Offer(text, chain, chain.Previous[pair.Left], pairs);
            }
        }

        for (int at = 0; at < text.Length; at = chain.Next[at])
        {
            Add(text.AsSpan(at, chain.Next[at] - at), run);
        }
    }

    private void Offer(string text, Chain chain, int left, PriorityQueue<(int Left, int Right, int End), ulong> pairs)
    {
        int right = chain.Next[left];
        if (right == text.Length)
        {
            return;
        }

        int end = chain.Next[right];
        if (end - left <= _longest && _lookup.TryGetValue(text.AsSpan(left, end - left), out int id))
        {
            pairs.Enqueue((left, right, end), (ulong)Descending(_scores[id]) << 32 | (uint)left);
        }
    }

    /// <summary>A number that is the smaller, the higher a score is.</summary>
    private static uint Descending(float score)
    {
        uint bits = BitConverter.SingleToUInt32Bits(score == 0 ? 0 : score);
        return (bits & 0x80000000) == 0 ? ~(bits | 0x80000000) : bits;
    }

    private void Add(ReadOnlySpan<char> piece, EncodingRun run)
    {
        if (_lookup.TryGetValue(piece, out int id))
        {
            run.Ids.Add(id);
            return;
        }

        Span<byte> utf8 = stackalloc byte[4];
        foreach (byte b in utf8[..Encoding.UTF8.GetBytes(piece, utf8)])
        {
            run.Ids.Add(
                _ids.TryGetValue($"<0x{b:X2}>", out id) || (b < 0x80 && _ids.TryGetValue(((char)b).ToString(), out id)) ? id
                : _unknown ?? throw EncoderFaults.NoToken(_file, piece.ToString()));
        }
    }

    /// <summary>Symbols by the place of their first unit: where the next starts, where the one before starts.</summary>
    private sealed class Chain
    {
        public Chain(string text)
        {
            Next = new int[text.Length];
            Previous = new int[text.Length];
            int before = -1;
            for (int at = 0; at < text.Length;)
            {
                int width = at + 1 < text.Length && char.IsSurrogatePair(text[at], text[at + 1]) ? 2 : 1;
                (Previous[at], Next[at]) = (before, at + width);
                before = at;
                at += width;
            }
        }

        public int[] Next { get; }

        public int[] Previous { get; }

        public void Join(int left, int right)
        {
            int end = Next[right];
            Next[left] = end;
            Next[right] = -1;
            if (end < Next.Length)
            {
                Previous[end] = left;
            }
        }
    }
}
