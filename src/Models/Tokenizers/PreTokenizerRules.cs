using System.Text.Json;

namespace ModelPack.Models.Tokenizers;

/// <summary>Spells a pre_tokenizer of tokenizer.json as a list of regexes, so that different spellings of one thing compare equal.</summary>
/// <remarks>
/// Sequences are flattened; a Split that keeps every piece is its regex; Digits is a regex; ByteLevel is GPT-2's regex, or
/// only an encoding when use_regex is false. Anything else is spelled "&lt;Type&gt;", which matches no known rules.
/// </remarks>
internal static class PreTokenizerRules
{
    /// <summary>The regex within ByteLevel.</summary>
    public const string Gpt2 = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    // How some spell the English contractions, and how most do.
    private const string LongContractions = "(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])";

    private const string Contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";

    /// <summary>Spells the rules; without ByteLevel they end in "&lt;no ByteLevel&gt;".</summary>
    public static List<string> Read(JsonFile file, JsonElement preTokenizer)
    {
        List<string> rules = [];
        if (!Add(file, preTokenizer, "pre_tokenizer", rules))
        {
            rules.Add("<no ByteLevel>");
        }

        return rules;
    }

    private static bool Add(JsonFile file, JsonElement rule, string place, List<string> rules)
    {
        string type = file.TypeOf(rule, place);
        switch (type)
        {
            case "Sequence":
                bool encodes = false;
                place += ".pretokenizers";
                JsonElement parts = JsonFile.Member(rule, "pretokenizers") ?? rule;
                foreach (JsonElement part in file.Require(parts, JsonValueKind.Array, place, "an array").EnumerateArray())
                {
                    encodes |= Add(file, part, place, rules);
                }

                return encodes;
            case "ByteLevel":
                if (JsonFile.Flag(rule, "use_regex") ?? true)
                {
                    rules.Add(Gpt2);
                }

                return true;
            case "Digits":
                rules.Add(JsonFile.IsTrue(rule, "individual_digits") ? @"\p{N}" : @"\p{N}+");
                return false;
            case "Split":
                rules.Add(Split(file, rule, place));
                return false;
            default:
                rules.Add($"<{type}>");
                return false;
        }
    }

    private static string Split(JsonFile file, JsonElement rule, string place)
    {
        string behavior = JsonFile.Member(rule, "behavior") is { } text ? file.Text(text, place + ".behavior") : "";
        bool inverted = JsonFile.IsTrue(rule, "invert");
        JsonElement? pattern = JsonFile.Member(rule, "pattern");
        JsonElement? regex = pattern is null ? null : JsonFile.Member(pattern.Value, "Regex");
        // To remove what does not match keeps the same pieces, as the known patterns match every character.
        bool keeps = (behavior == "Isolated" && !inverted) || (behavior == "Removed" && inverted);
        return regex is { } known && keeps
            ? Normalize(file.Text(known, place + ".pattern.Regex"))
            : $"<Split {pattern?.GetRawText()} {behavior}{(inverted ? " inverted" : "")}>";
    }

    private static string Normalize(string regex) =>
        regex.Replace("\r", @"\r", StringComparison.Ordinal)
            .Replace("\n", @"\n", StringComparison.Ordinal)
            .Replace("\t", @"\t", StringComparison.Ordinal)
            .Replace(LongContractions, Contractions, StringComparison.Ordinal);
}
