using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace ModelPack.Models.Tokenizers;

/// <summary>Byte-level BPE from tiktoken.model, as Kimi K2 ships it: "BASE64 RANK" a line, special tokens in tokenizer_config.json.</summary>
/// <remarks>
/// The tokenizer's code stands in the model folder and is never run. What it says is fixed here: the 256 ids after the
/// ranks are special, named by added_tokens_decoder or "&lt;|reserved_token_ID|&gt;".
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
        return new Vocabulary(VocabularyModel.Bpe, preTokenizer ?? "kimi-k2", tokens, TiktokenMerges.Derive(ranks, order, MaxTokenBytes));
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
}
