namespace ModelPack.Models.Tokenizers;

/// <summary>Everything that can be wrong with a folder's tokenizer, one message each.</summary>
/// <remarks>"place" is a path within a JSON file: model.merges[17].</remarks>
internal static class TokenizerFaults
{
    public static InvalidCheckpointException NoFiles(string folder) =>
        new($"{folder}: no tokenizer; looked for tokenizer.json, tokenizer.model (sentencepiece) and tiktoken.model");

    public static InvalidCheckpointException LfsPointer(string file) =>
        new($"{file}: a Git LFS pointer, not the file itself; fetch it with 'git lfs pull'");

    public static InvalidCheckpointException TooLong(string file, long bytes, long limit) =>
        new($"{file}: {bytes} bytes; at most {limit} are read");

    public static InvalidCheckpointException BadJson(string file, Exception cause) =>
        new($"{file}: no valid JSON: {OneLine(cause.Message)}", cause);

    public static InvalidCheckpointException BadText(string file, string place) =>
        new($"{file}: {place}: not valid Unicode (a lone surrogate or broken UTF-8)");

    public static InvalidCheckpointException Expected(string file, string place, string found, string expected) =>
        new($"{file}: {place}: {found} where {expected} was expected");

    public static InvalidCheckpointException IdOutOfRange(string file, string place, string id, long limit) =>
        new($"{file}: {place}: token id {id}; expected 0 to {limit - 1}");

    public static InvalidCheckpointException BeyondVocabulary(string file, string text, int id, int size) =>
        new($"{file}: token {Quote(text)} has id {id}, but the model has {size} tokens (vocab_size in config.json)");

    public static InvalidCheckpointException TwoTextsOneId(string file, int id, string first, string second) =>
        new($"{file}: token id {id} stands for {Quote(first)} and for {Quote(second)}");

    public static InvalidCheckpointException TwoIdsOneText(string file, string text, int first, int second) =>
        new($"{file}: token {Quote(text)} has ids {first} and {second}; each token may stand once");

    public static InvalidCheckpointException TooManyTokens(string place, long count, int limit) =>
        new($"{place}: {count} tokens; at most {limit} are read");

    public static UnsupportedModelException ModelType(string file, string type) =>
        new($"{file}: model.type: tokenizers of type {type} are not supported; BPE is");

    public static UnsupportedModelException SentencePieceType(string file, string type) =>
        new($"{file}: trainer_spec.model_type: sentencepiece models of type {type} are not supported; BPE is");

    public static UnsupportedModelException UnknownPreTokenizer(string file, string found) =>
        new($"{file}: pre_tokenizer: unknown rules {OneLine(found)}; say which they are with --pre-tokenizer NAME, one of "
            + string.Join(", ", PreTokenizers.Names));

    public static ModelPackException UnknownName(string name) =>
        new($"--pre-tokenizer: unknown name '{OneLine(name)}'; expected one of {string.Join(", ", PreTokenizers.Names)}");

    public static InvalidCheckpointException BadMerge(string file, int index, string merge) =>
        new($"{file}: model.merges[{index}]: {Quote(merge)}; expected two parts with one space between");

    public static InvalidCheckpointException BadRank(string file, int line, string problem) =>
        new($"{file}: line {line}: {problem}; expected a token in base64, a space and its rank");

    public static InvalidCheckpointException BadProtobuf(string file, long offset, string problem) =>
        new($"{file}: byte {offset}: {problem}; expected a sentencepiece model");

    /// <summary>A text for a message: quoted, cut, on one line.</summary>
    public static string Quote(string text) => $"'{OneLine(text.Length > 80 ? text[..80] + "…" : text)}'";

    private static string OneLine(string text) =>
        text.Replace("\r", "\\r", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
