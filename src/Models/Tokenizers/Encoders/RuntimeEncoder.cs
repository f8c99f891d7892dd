using System.Text;
using ModelPack.Models.Tokenizers.Patterns;

namespace ModelPack.Models.Tokenizers.Encoders;

/// <summary>Encodes as llama.cpp does with the vocabulary of a GGUF file.</summary>
/// <remarks>Source: tokenizer_st_partition and llama_vocab::impl::tokenize in llama.cpp.</remarks>
internal sealed class RuntimeEncoder : EncoderCore
{
    private const int MaxSpelling = 1000;

    private readonly TokenFinder _all = new();
    private readonly TokenFinder _plain = new();
    private readonly Dictionary<int, int> _lengths = [];
    private PieceStep? _steps;
    private PieceModel? _pieces;
    private bool _addsSpace;

    private RuntimeEncoder()
    {
    }

    /// <summary>Makes an encoder of a vocabulary.</summary>
    /// <param name="file">Where the vocabulary comes from, for messages.</param>
    /// <param name="vocabulary">The vocabulary.</param>
    /// <param name="ofModel">Whether text is split as the model's own code does where llama.cpp does it differently.</param>
    /// <exception cref="UnsupportedModelException">The pre-tokenizer's rules are not known here.</exception>
    public static RuntimeEncoder Create(string file, Vocabulary vocabulary, bool ofModel = false)
    {
        bool pieces = vocabulary.Model == VocabularyModel.SentencePiece;
        RuntimeRules? rules = pieces ? null
            : ofModel && vocabulary.PreTokenizer == "kimi-k2" ? RuntimeRules.KimiOriginal
            : RuntimeRules.Find(vocabulary.PreTokenizer) ?? throw EncoderFaults.PreTokenizer(file, vocabulary.PreTokenizer, RuntimeRules.Names);
        int? bos = IdOf(vocabulary, SpecialTokenRole.Bos) ?? (pieces ? 1 : null);
        int? eos = IdOf(vocabulary, SpecialTokenRole.Eos) ?? (pieces ? 2 : null);
        bos = bos < vocabulary.Size ? bos : null;
        eos = eos < vocabulary.Size ? eos : null;
        RuntimeEncoder encoder = new()
        {
            Before = (vocabulary.AddBos ?? (pieces || rules!.AddsBos)) && bos is { } first ? [first] : [],
            After = vocabulary.AddEos == true && eos is { } last ? [last] : [],
            BeginOfSequence = bos,
            EndOfSequence = eos,
            Spellings = new TokenSpellings(
                [.. vocabulary.Tokens.Select(static t => t.Text)],
                vocabulary.Tokens.Index().Where(static t => IsAdded(t.Item.Kind)).Select(static t => t.Index).ToHashSet(),
                !pieces),
        };
        encoder.FindTokens(file, vocabulary.Tokens);
        if (pieces)
        {
            encoder._addsSpace = vocabulary.AddSpacePrefix ?? true;
            encoder._pieces = new PieceModel(file, vocabulary.Tokens, IdOf(vocabulary, SpecialTokenRole.Unk) ?? 0);
        }
        else
        {
            encoder._steps = Steps(file, vocabulary, rules!);
        }

        return encoder;
    }

    public override void Encode(string text, bool parseSpecial, EncodingRun run)
    {
        int done = 0;
        bool afterToken = true;
        foreach ((int start, int id) in FindIn(text, parseSpecial ? _all : _plain))
        {
            Stretch(text, done, start, ref afterToken, run);
            run.Ids.Add(id);
            afterToken = true;
            done = start + _lengths[id];
        }

        Stretch(text, done, text.Length, ref afterToken, run);
    }

    private static bool IsAdded(TokenKind kind) => kind is TokenKind.Control or TokenKind.UserDefined or TokenKind.Unknown;

    private static int? IdOf(Vocabulary vocabulary, SpecialTokenRole role) =>
        vocabulary.IdOf(role) is { } id && id < vocabulary.Size ? id : null;

    private static PieceStep Steps(string file, Vocabulary vocabulary, RuntimeRules rules)
    {
        Dictionary<string, int> ids = [];
        for (int id = 0; id < vocabulary.Size; id++)
        {
            ids.TryAdd(vocabulary.Tokens[id].Text, id);
        }

        BytePairSymbols symbols = new(ids, vocabulary.Size);
        MergeTable merges = new(vocabulary.Merges.Count);
        for (int rank = 0; rank < vocabulary.Merges.Count; rank++)
        {
            string merge = vocabulary.Merges[rank];
            int space = merge.Length > 1 ? merge.IndexOf(' ', 1) : -1;
            if (space < 0 || space == merge.Length - 1)
            {
                throw EncoderFaults.BadMerge(file, rank, $"{TokenizerFaults.Quote(merge)}; expected two parts with a space between");
            }

            merges.Add(
                symbols.GetOrAdd(merge[..space]), symbols.GetOrAdd(merge[(space + 1)..]), rank,
                symbols.GetOrAdd(merge.Remove(space, 1)), replaces: false);
        }

        for (int b = 0; b < 256; b++)
        {
            symbols.GetOrAdd(ByteAlphabet.Spell([(byte)b]));
        }

        PieceStep step = new WordStep(new BytePairModel(file, symbols, merges)
        {
            Spelling = WordSpelling.Bytes,
            IgnoresMerges = rules.IgnoresMerges,
        });
        for (int i = rules.Splits.Count - 1; i >= 0; i--)
        {
            Pattern pattern = Pattern.Parse($"{file}: {vocabulary.PreTokenizer}", rules.Splits[i], foldsLongS: false);
            step = new SplitStep(pattern, SplitBehavior.Isolated, inverted: false, step);
        }

        return step;
    }

    private void FindTokens(string file, IReadOnlyList<VocabularyToken> tokens)
    {
        for (int id = 0; id < tokens.Count; id++)
        {
            VocabularyToken token = tokens[id];
            if (!IsAdded(token.Kind))
            {
                continue;
            }

            if (token.Text.Length > MaxSpelling)
            {
                throw EncoderFaults.Unsupported(file, $"token {id}", $"a spelling of more than {MaxSpelling} characters");
            }

            _lengths[id] = token.Text.Length;
            _all.Add(token.Text, id);
            if (token.Kind == TokenKind.UserDefined)
            {
                _plain.Add(token.Text, id);
            }
        }
    }

    /// <summary>Places of tokens: the longest spelling takes its places first, from the left, and shorter ones what it leaves.</summary>
    private List<(int Start, int Id)> FindIn(string text, TokenFinder finder)
    {
        List<(int Start, int Id)> all = [];
        finder.CollectAll(text, all);
        if (all.Count < 2)
        {
            return all;
        }

        // A longer spelling that is in place covers an end of any shorter one that it touches.
        bool[] taken = new bool[text.Length];
        List<(int Start, int Id)> found = [];
        foreach ((int start, int id) in all.OrderByDescending(t => Encoding.UTF8.GetByteCount(text.AsSpan(t.Start, _lengths[t.Id]))))
        {
            int end = start + _lengths[id];
            if (!taken[start] && !taken[end - 1])
            {
                taken.AsSpan(start, end - start).Fill(true);
                found.Add((start, id));
            }
        }

        found.Sort(static (a, b) => a.Start.CompareTo(b.Start));
        return found;
    }

    private void Stretch(string text, int start, int end, ref bool afterToken, EncodingRun run)
    {
        if (start == end)
        {
            return;
        }

        if (_steps is not null)
        {
            _steps.Take(text, start, end, run);
        }
        else
        {
            string space = _addsSpace && afterToken ? "▁" : "";
            _pieces!.Encode(string.Concat(space, text.AsSpan(start, end - start)).Replace(' ', '▁'), run);
        }

        afterToken = false;
    }
}
