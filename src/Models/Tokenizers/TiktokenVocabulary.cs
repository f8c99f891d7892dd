using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace ModelPack.Models.Tokenizers;

/// <summary>Byte-level BPE from tiktoken.model, as Kimi K2 ships it: "BASE64 RANK" a line, special tokens in tokenizer_config.json.</summary>
/// <remarks>
/// The tokenizer's code stands in the model folder and is never run. What it says is fixed here: the 256 ids after the
/// ranks are special, named by added_tokens_decoder or "&lt;|reserved_token_ID|&gt;". tiktoken has ranks but no merges: a
/// token's merge is the last pair that is left when the token itself may not be joined.
/// Source: DeepseekV2Model.set_vocab in llama.cpp's converter.
/// </remarks>
internal static class TiktokenVocabulary
{
    public const string FileName = "tiktoken.model";

    private const long MaxBytes = 64 << 20;

    private const int MaxTokenBytes = 512;

    private const int ReservedTokens = 256;

    /// <summary>Whether bytes look like a list of ranks.</summary>
    public static bool Recognizes(ReadOnlySpan<byte> bytes)
    {
        int end = bytes.IndexOf((byte)'\n');
        ReadOnlySpan<byte> line = (end < 0 ? bytes : bytes[..end]).TrimEnd("\r "u8);
        int space = line.IndexOf((byte)' ');
        return space > 0 && Base64.IsValid(line[..space]) && !line[(space + 1)..].ContainsAnyExceptInRange((byte)'0', (byte)'9');
    }

    /// <summary>Reads the tokens and derives the merges; null when the folder has no such file.</summary>
    /// <exception cref="InvalidCheckpointException">A line that is no rank, or more tokens than the model has.</exception>
    public static Vocabulary? TryRead(string folder, TokenizerSettings settings, int size, string? preTokenizer)
    {
        if (TokenizerFile.TryRead(folder, FileName, MaxBytes) is not { } bytes)
        {
            return null;
        }

        (Dictionary<string, int> ranks, List<string> order) = Ranks(bytes, size);
        VocabularyToken[] tokens = new VocabularyToken[size];
        for (int id = 0; id < size; id++)
        {
            tokens[id] = new VocabularyToken($"[PAD{id}]", 0, TokenKind.Unused);
        }

        foreach (string text in order)
        {
            tokens[ranks[text]] = new VocabularyToken(text, 0, TokenKind.Normal);
        }

        PutSpecial(tokens, settings, order.Count);
        return new Vocabulary(VocabularyModel.Bpe, preTokenizer ?? "kimi-k2", tokens, Merges(ranks, order));
    }

    private static void PutSpecial(VocabularyToken[] tokens, TokenizerSettings settings, int first)
    {
        Dictionary<int, string> names = [];
        foreach ((int id, string text, _) in settings.Decoder(tokens.Length, ignoreBeyond: true))
        {
            names[id] = text;
        }

        for (int id = first; id < Math.Min(tokens.Length, first + ReservedTokens); id++)
        {
            if (tokens[id].Kind == TokenKind.Normal)
            {
                throw TokenizerFaults.TwoTextsOneId(FileName, id, tokens[id].Text, names.GetValueOrDefault(id, "a special token"));
            }

            tokens[id] = new VocabularyToken(names.GetValueOrDefault(id) ?? $"<|reserved_token_{id}|>", 0, TokenKind.Control);
        }
    }

    private static (Dictionary<string, int> Ranks, List<string> Order) Ranks(byte[] bytes, int size)
    {
        Dictionary<string, int> ranks = [];
        List<string> order = [];
        HashSet<int> seen = [];
        byte[] token = new byte[MaxTokenBytes + 2];
        int number = 0;
        foreach (Range range in bytes.AsSpan().Split((byte)'\n'))
        {
            number++;
            ReadOnlySpan<byte> line = bytes.AsSpan(range).Trim(" \r\t"u8);
            if (line.IsEmpty)
            {
                continue;
            }

            int space = line.IndexOf((byte)' ');
            ReadOnlySpan<byte> spelled = space < 0 ? line : line[..space];
            if (Base64.DecodeFromUtf8(spelled, token, out _, out int length) != OperationStatus.Done || length is 0 or > MaxTokenBytes)
            {
                throw TokenizerFaults.BadRank(FileName, number, $"{TokenizerFaults.Quote(Encoding.Latin1.GetString(spelled))} is "
                    + $"no base64 of 1 to {MaxTokenBytes} bytes");
            }

            ReadOnlySpan<byte> digits = space < 0 ? [] : line[(space + 1)..].Trim((byte)' ');
            if (!Utf8Parser.TryParse(digits, out int rank, out int used) || used != digits.Length || rank < 0 || rank >= size)
            {
                throw TokenizerFaults.BadRank(FileName, number, $"rank {TokenizerFaults.Quote(Encoding.Latin1.GetString(digits))} "
                    + $"is not 0 to {size - 1}");
            }

            string text = ByteAlphabet.Spell(token.AsSpan(0, length));
            if (!ranks.TryAdd(text, rank))
            {
                throw TokenizerFaults.TwoIdsOneText(FileName, text, ranks[text], rank);
            }

            if (!seen.Add(rank))
            {
                throw TokenizerFaults.BadRank(FileName, number, $"rank {rank} stands twice");
            }

            order.Add(text);
        }

        return (ranks, order);
    }

    private static List<string> Merges(Dictionary<string, int> ranks, List<string> order)
    {
        Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> lookup = ranks.GetAlternateLookup<ReadOnlySpan<char>>();
        List<string> merges = [];
        int[] starts = new int[MaxTokenBytes + 1];
        int[] pairs = new int[MaxTokenBytes];
        foreach (string token in order)
        {
            if (token.Length > 1 && LastSplit(token, ranks[token], lookup, starts, pairs) is { } split)
            {
                merges.Add($"{token.AsSpan(0, split)} {token.AsSpan(split)}");
            }
        }

        return merges;
    }

    /// <summary>
    /// Joins the pair of lowest rank below the token's own, the leftmost of equals, until none is left.
    /// </summary>
    /// <param name="token">One character a byte.</param>
    /// <param name="limit">The token's rank.</param>
    /// <param name="lookup">Ranks of all tokens.</param>
    /// <param name="starts">Scratch: where each part starts, and the end of the token.</param>
    /// <param name="pairs">Scratch: rank of each part with the next.</param>
    /// <returns>Where the second part starts when two are left; null for any other number.</returns>
    private static int? LastSplit(
        string token, int limit, Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> lookup, int[] starts, int[] pairs)
    {
        int parts = token.Length;
        for (int i = 0; i <= parts; i++)
        {
            starts[i] = i;
        }

        for (int i = 0; i + 1 < parts; i++)
        {
            pairs[i] = PairRank(i);
        }

        while (parts > 1)
        {
            int best = pairs.AsSpan(0, parts - 1).IndexOf(Lowest(pairs.AsSpan(0, parts - 1)));
            if (pairs[best] >= limit)
            {
                break;
            }

            // Part best + 1 goes into part best.
            starts.AsSpan(best + 2, parts - best - 1).CopyTo(starts.AsSpan(best + 1));
            pairs.AsSpan(best + 1, parts - best - 2).CopyTo(pairs.AsSpan(best));
            parts--;
            if (best + 1 < parts)
            {
                pairs[best] = PairRank(best);
            }

            if (best > 0)
            {
                pairs[best - 1] = PairRank(best - 1);
            }
        }

        return parts == 2 ? starts[1] : null;

        int PairRank(int part) =>
            lookup.TryGetValue(token.AsSpan(starts[part], starts[part + 2] - starts[part]), out int rank) ? rank : int.MaxValue;
    }

    private static int Lowest(ReadOnlySpan<int> values)
    {
        int lowest = values[0];
        foreach (int value in values)
        {
            lowest = Math.Min(lowest, value);
        }

        return lowest;
    }
}
