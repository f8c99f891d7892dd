namespace ModelPack.Models.Tokenizers.Encoders;

/// <summary>Why a text cannot be turned into tokens.</summary>
internal static class EncoderFaults
{
    public static UnsupportedModelException Unsupported(string file, string place, string found) =>
        new($"{file}: {place}: {found} is not supported when text is turned into tokens");

    public static UnsupportedModelException PreTokenizer(string file, string name, IEnumerable<string> known) =>
        new($"{file}: tokenizer.ggml.pre: the pre-tokenizer {TokenizerFaults.Quote(name)} is not supported when text is turned into "
            + $"tokens; expected one of {string.Join(", ", known)}");

    public static InvalidCheckpointException UnknownToken(string file, string place, string token) =>
        new($"{file}: {place}: {TokenizerFaults.Quote(token)} is no token of the vocabulary");

    public static InvalidCheckpointException BadMerge(string file, int index, string problem) =>
        new($"{file}: merge {index}: {problem}");

    public static InvalidCheckpointException NoToken(string file, string text) =>
        new($"{file}: the vocabulary has no token for {TokenizerFaults.Quote(text)}, and none for its bytes or for unknown text");

    public static InvalidCheckpointException MissingKey(string file, string key) =>
        new($"{file}: {key}: no value; a tokenizer was expected");

    public static InvalidCheckpointException WrongLength(string file, string key, int length, int expected) =>
        new($"{file}: {key}: {length} values for {expected} tokens");

    public static InvalidCheckpointException NoSize(string folder) =>
        new($"{folder}: config.json: no vocab_size, which this kind of tokenizer needs");

    public static ModelPackException BadId(int id, int size) =>
        new($"token id {id}; expected 0 to {size - 1}");
}
