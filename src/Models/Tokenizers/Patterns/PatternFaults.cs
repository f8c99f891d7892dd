namespace ModelPack.Models.Tokenizers.Patterns;

/// <summary>What can be wrong with a regular expression of a tokenizer.</summary>
internal static class PatternFaults
{
    public static UnsupportedModelException Unsupported(string place, string pattern, int at, string what) =>
        new($"{place}: {what} at character {at} of the pattern {TokenizerFaults.Quote(pattern)} is not supported");

    public static InvalidCheckpointException Broken(string place, string pattern, int at, string problem) =>
        new($"{place}: {problem} at character {at} of the pattern {TokenizerFaults.Quote(pattern)}");

    public static InvalidCheckpointException TooLong(string place, int length, int limit) =>
        new($"{place}: a pattern of {length} characters; at most {limit} are read");

    public static InvalidCheckpointException TooSlow(string place, string pattern) =>
        new($"{place}: the pattern {TokenizerFaults.Quote(pattern)} takes too many steps on this text; "
            + "a pattern that needs a number of steps near the text's length was expected");
}
