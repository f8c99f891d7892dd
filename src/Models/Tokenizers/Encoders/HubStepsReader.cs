using System.Text.Json;
using ModelPack.Models.Tokenizers.Patterns;

namespace ModelPack.Models.Tokenizers.Encoders;

/// <summary>Builds the steps of tokenizer.json's pre_tokenizer, the last one first.</summary>
internal sealed class HubStepsReader
{
    private const int MaxSteps = 64;

    private readonly JsonFile _file;
    private readonly List<(JsonElement Rule, string Place, string Type)> _rules = [];

    private HubStepsReader(JsonFile file) => _file = file;

    /// <summary>Reads the rules.</summary>
    /// <param name="file">tokenizer.json.</param>
    /// <param name="last">Makes the last step, of a model whose words are spelled so.</param>
    /// <exception cref="UnsupportedModelException">A kind that is not known here.</exception>
    public static PieceStep Read(JsonFile file, Func<WordSpelling, PieceStep> last)
    {
        HubStepsReader reader = new(file);
        if (JsonFile.Member(file.Root, "pre_tokenizer") is { } root)
        {
            reader.Flatten(root, "pre_tokenizer");
        }

        return reader.Build(last);
    }

    private void Flatten(JsonElement rule, string place)
    {
        string type = _file.TypeOf(rule, place);
        if (type != "Sequence")
        {
            _rules.Add((rule, place, type));
            return;
        }

        place += ".pretokenizers";
        JsonElement parts = JsonFile.Member(rule, "pretokenizers") ?? rule;
        foreach (JsonElement part in _file.Require(parts, JsonValueKind.Array, place, "an array").EnumerateArray())
        {
            Flatten(part, place);
            if (_rules.Count > MaxSteps)
            {
                throw EncoderFaults.Unsupported(_file.Name, place, $"a list of more than {MaxSteps} steps");
            }
        }
    }

    private PieceStep Build(Func<WordSpelling, PieceStep> last)
    {
        int level = _rules.FindIndex(static r => r.Type == "ByteLevel");
        WordSpelling spelling = level < 0 ? WordSpelling.Characters
            : level == _rules.Count - 1 ? WordSpelling.Bytes : WordSpelling.SpelledBytes;
        PieceStep step = last(spelling);
        for (int i = _rules.Count - 1; i >= 0; i--)
        {
            (JsonElement rule, string place, string type) = _rules[i];
            step = type switch
            {
                "ByteLevel" when i == level => ByteLevel(rule, place, spelling == WordSpelling.SpelledBytes ? new SpellStep(step) : step),
                "Split" => Split(rule, place, step),
                "Digits" => Digits(rule, place, step),
                "Punctuation" => new SplitStep(
                    Pattern.Parse(place, @"[\p{P}!-/:-@\[-`{-~]"), Behavior(rule, place, "Isolated"), inverted: false, step),
                "WhitespaceSplit" => new SplitStep(Pattern.Parse(place, @"\s"), SplitBehavior.Removed, inverted: false, step),
                "Metaspace" => Metaspace(rule, place, step),
                _ => throw EncoderFaults.Unsupported(_file.Name, place, $"a pre-tokenizer of type {TokenizerFaults.Quote(type)}"),
            };
        }

        return step;
    }

    private static PieceStep ByteLevel(JsonElement rule, string place, PieceStep next)
    {
        if (JsonFile.Flag(rule, "use_regex") ?? true)
        {
            next = new SplitStep(Pattern.Parse(place, PreTokenizerRules.Gpt2), SplitBehavior.Isolated, inverted: false, next);
        }

        return JsonFile.Flag(rule, "add_prefix_space") ?? true ? new PrefixSpaceStep(next) : next;
    }

    private SplitStep Split(JsonElement rule, string place, PieceStep next)
    {
        JsonElement pattern = JsonFile.Member(rule, "pattern") ?? rule;
        string where = $"{_file.Name}: {place}.pattern";
        Pattern compiled = JsonFile.Member(pattern, "String") is { } literal
            ? Pattern.Literal(where, _file.Text(literal, place + ".pattern.String"))
            : JsonFile.Member(pattern, "Regex") is { } regex
                ? Pattern.Parse(where, _file.Text(regex, place + ".pattern.Regex"))
                : throw _file.Expected(place + ".pattern", pattern, "Regex or String");
        return new SplitStep(compiled, Behavior(rule, place, ""), JsonFile.IsTrue(rule, "invert"), next);
    }

    private static SplitStep Digits(JsonElement rule, string place, PieceStep next)
    {
        SplitBehavior behavior = JsonFile.IsTrue(rule, "individual_digits") ? SplitBehavior.Isolated : SplitBehavior.Contiguous;
        return new SplitStep(Pattern.Parse(place, @"\p{N}"), behavior, inverted: false, next);
    }

    private MetaspaceStep Metaspace(JsonElement rule, string place, PieceStep next)
    {
        string spelling = JsonFile.Member(rule, "replacement") is { } text ? _file.Text(text, place + ".replacement") : "▁";
        string scheme = JsonFile.Member(rule, "prepend_scheme") is { } given ? _file.Text(given, place + ".prepend_scheme")
            : JsonFile.Flag(rule, "add_prefix_space") == false ? "never" : "always";
        if (spelling.Length != 1 || scheme is not ("always" or "never"))
        {
            throw EncoderFaults.Unsupported(_file.Name, place, $"a Metaspace of {TokenizerFaults.Quote(spelling)}, prepended {TokenizerFaults.Quote(scheme)},");
        }

        return new MetaspaceStep(spelling[0], scheme == "always", JsonFile.Flag(rule, "split") ?? true, next);
    }

    private SplitBehavior Behavior(JsonElement rule, string place, string standard)
    {
        string name = JsonFile.Member(rule, "behavior") is { } text ? _file.Text(text, place + ".behavior") : standard;
        return name switch
        {
            "Isolated" => SplitBehavior.Isolated,
            "Removed" => SplitBehavior.Removed,
            "MergedWithPrevious" => SplitBehavior.MergedWithPrevious,
            "MergedWithNext" => SplitBehavior.MergedWithNext,
            "Contiguous" => SplitBehavior.Contiguous,
            _ => throw EncoderFaults.Unsupported(_file.Name, place + ".behavior", TokenizerFaults.Quote(name)),
        };
    }
}
