namespace ModelPack.Models.Tokenizers;

/// <summary>How Kimi K2 cuts text into pieces, said in regexes that ONNX Runtime GenAI knows.</summary>
/// <remarks>
/// The model's own regex takes Chinese characters out of its classes of letters ("&amp;&amp;[^\p{Han}]"). GenAI 0.15.2 compiles no
/// regex but knows some by their text, so here words are cut first, Chinese among them, and then Chinese runs out of words.
/// Differences are rare: 〇 is cut from its neighbors, and "'s" after a Chinese character before more letters is cut earlier.
/// Source of the original: pat_str in Kimi K2's tokenizer code.
/// </remarks>
internal static class KimiSplits
{
    private const string Contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";

    private const string Prefix = @"[^\r\n\p{L}\p{N}]?";

    private const string Upper = @"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]";

    private const string Lower = @"[\p{Ll}\p{Lm}\p{Lo}\p{M}]";

    /// <summary>Applied one after another, each to the pieces of the one before; every match is a piece.</summary>
    public static string[] All { get; } =
    [
        $"{Prefix}{Upper}*{Lower}+{Contractions}?|{Prefix}{Upper}+{Lower}*{Contractions}?"
            + @"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        "[一-龥\u3040-ゟ゠-ヿ]+",
    ];
}
