namespace ModelPack.Models.Tokenizers.Templates;

/// <summary>What can be wrong with a chat template, or with a conversation that it renders.</summary>
internal static class TemplateFaults
{
    public static UnsupportedModelException Unsupported(int line, string what) => new($"chat template: line {line}: {what} is not supported");

    public static InvalidCheckpointException Syntax(int line, string found, string expected) =>
        new($"chat template: line {line}: {found} where {expected} was expected");

    public static InvalidCheckpointException TooLarge(string what, long limit) => new($"chat template: more than {limit} {what}");

    public static ModelPackException Wrong(int line, string problem) => new($"chat template: line {line}: {problem}");

    public static ModelPackException Raised(int line, string message) =>
        new($"chat template: line {line}: the template refuses the conversation: {message}");
}
