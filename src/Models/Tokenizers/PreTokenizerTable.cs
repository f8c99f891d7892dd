namespace ModelPack.Models.Tokenizers;

/// <summary>Rules of known tokenizers, as <see cref="PreTokenizerRules"/> spells them, and llama.cpp's name for each.</summary>
/// <remarks>
/// Source: the regexes in the tokenizer.json files of the models named by llama.cpp's converter, which its llama-vocab.cpp
/// repeats. To add one: a line here, the name in <see cref="PreTokenizers.Names"/>, a row in PreTokenizersTests.
/// </remarks>
internal static class PreTokenizerTable
{
    private const string Contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";

    private const string Word = @"[^\r\n\p{L}\p{N}]?\p{L}+";

    private const string Punctuation = @" ?[^\s\p{L}\p{N}]+[\r\n]*";

    private const string Spaces = @"\s*[\r\n]+|\s+(?!\S)|\s+";

    private const string Upper = @"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]";

    private const string Lower = @"[\p{Ll}\p{Lm}\p{Lo}\p{M}]";

    private const string Prefix = @"[^\r\n\p{L}\p{N}]?";

    private const string SlashPunctuation = @" ?[^\s\p{L}\p{N}]+[\r\n/]*";

    private const string Gpt4o = $"{Prefix}{Upper}*{Lower}+{Contractions}?|{Prefix}{Upper}+{Lower}*{Contractions}?"
        + $@"|\p{{N}}{{1,3}}|{SlashPunctuation}|{Spaces}";

    private const string DeepSeekCjk = "[一-龥\u3040-ゟ゠-ヿ]+";

    private const string DeepSeekV3 = @"[!""#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+"
        + @"|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|" + Spaces;

    private const string DeepSeekCjkHangul = "[一-龥ࠀ-一가-퟿]+";

    private const string HanUpper = @"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]";

    private const string HanLower = @"[\p{Ll}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]";

    /// <summary>Kimi K2's own rules.</summary>
    public const string Kimi = $@"[\p{{Han}}]+|{Prefix}{HanUpper}*{HanLower}+{Contractions}?"
        + $@"|{Prefix}{HanUpper}+{HanLower}*{Contractions}?|\p{{N}}{{1,3}}|{Punctuation}|{Spaces}";

    // DeepSeek's first regex for letters lists every cased script; how it starts is enough to know it.
    private const string DeepSeekLlmLetters = @"\s?[A-Za-zµÀ-ÖØ-öø-ƺ";

    private const string DeepSeekLlmPunctuation = @"\s?[!-/:-~！-／：-～‘-‟　-。]+";

    private const string Bloom = " ?[^(\\s|.,!?…。，、।۔،)]+";

    private static readonly (string Name, string[] Rules)[] Known =
    [
        ("bailingmoe", [$@"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{{L}}\p{{N}}]?+\p{{L}}+|\p{{N}}| ?[^\s\p{{L}}\p{{N}}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+"]),
        ("bloom", [Bloom]),
        ("deepseek-coder", [@"[\r\n]", @"\s?\p{L}+", @"\s?\p{P}+", DeepSeekCjkHangul, @"\p{N}"]),
        ("deepseek-llm", [@"[\r\n]", DeepSeekLlmLetters, DeepSeekLlmPunctuation, @"\s+$", DeepSeekCjkHangul, @"\p{N}"]),
        ("deepseek-llm", [@"[\r\n]", DeepSeekLlmLetters, DeepSeekLlmPunctuation, @"\s+$", DeepSeekCjkHangul, @"\p{N}+"]),
        ("deepseek-v3", [@"\p{N}{1,3}", DeepSeekCjk, DeepSeekV3]),
        ("exaone-moe", [$@"{Contractions}|{Prefix}(?:\p{{L}}\p{{M}}*(?: \p{{L}}\p{{M}}*)*)+|\p{{N}}| ?[^\s\p{{L}}\p{{N}}]+[\r\n/]?|\s*[\r\n]|\s+(?!\S)|\s+"]),
        ("falcon", ["<Punctuation>", PreTokenizerRules.Gpt2, @"\p{N}+", "[0-9][0-9][0-9]"]),
        ("gpt-2", [PreTokenizerRules.Gpt2]),
        ("gpt-4o", [Gpt4o]),
        ("jais-2", [$@"{Contractions}|{Word}|\p{{N}}{{1,3}}|{Punctuation}|\s*[\r\n]+|\s{{512}}(?!\S)|\s{{256}}(?!\S)|\s{{128}}(?!\S)|\s{{64}}(?!\S)"
            + @"|\s{32}(?!\S)|\s{16}(?!\S)|\s{8}(?!\S)|\s{4}(?!\S)|\s{1,2}(?!\S)|\s{1}"]),
        ("kimi-k2", [Kimi]),
        ("kimi-k2", KimiSplits.All),
        ("llama-bpe", [$@"{Contractions}|{Word}|\p{{N}}{{1,3}}|{Punctuation}|{Spaces}"]),
        ("qwen2", [$@"{Contractions}|{Word}|\p{{N}}|{Punctuation}|{Spaces}"]),
        ("qwen35", [$@"{Contractions}|{Prefix}[\p{{L}}\p{{M}}]+|\p{{N}}| ?[^\s\p{{L}}\p{{M}}\p{{N}}]+[\r\n]*|{Spaces}"]),
        ("seed-coder", [$@"{Contractions}|{Word}|\p{{N}}{{1}}| ?[^\s\p{{L}}\p{{N}}\r\n]+|{Spaces}"]),
        ("starcoder", [@"\p{N}", PreTokenizerRules.Gpt2]),
        ("tekken", [$@"{Prefix}{Upper}*{Lower}+|{Prefix}{Upper}+{Lower}*|\p{{N}}|{SlashPunctuation}|{Spaces}"]),
        ("tiny_aya", [@"\d{1,3}(?=(?:\d{3})*\b)", Gpt4o]),
        ("viking", [Bloom, @"\p{N}"]),
    ];

    /// <summary>The name of the rules; null when they are unknown.</summary>
    public static string? Find(IReadOnlyList<string> rules)
    {
        foreach ((string name, string[] known) in Known)
        {
            if (known.Length == rules.Count && known.Zip(rules).All(static pair => Matches(pair.First, pair.Second)))
            {
                return name;
            }
        }

        return null;
    }

    private static bool Matches(string known, string rule) =>
        known == DeepSeekLlmLetters ? rule.StartsWith(known, StringComparison.Ordinal) : known == rule;
}
