using System.CommandLine;

namespace ModelPack.Cli.Commands;

/// <summary>Arguments and options that convert and quantize share; a fresh one for each command.</summary>
internal static class ModelArguments
{
    public static Argument<string> Model(string description) => new("MODEL") { Description = description };

    public static Option<string> To()
    {
        Option<string> to = new("--to")
        {
            Description = "Format of the output.",
            HelpName = "gguf|onnx",
            DefaultValueFactory = static _ => "gguf",
        };
        to.AcceptOnlyFromAmong("gguf", "onnx");
        return to;
    }

    public static Option<string?> Output(string description) => new("--output", "-o") { Description = description, HelpName = "OUT" };

    public static Option<string?> PreTokenizer() => new("--pre-tokenizer")
    {
        Description = "llama.cpp's name of the pre-tokenizer, for a tokenizer whose regex is not known.",
        HelpName = "NAME",
    };

    public static Option<string?> SplitMaxSize() => new("--split-max-size")
    {
        Description = "Split the output into files of at most this size.",
        HelpName = "SIZE",
    };

    public static Option<int?> Threads(string description = "Worker threads; the output does not depend on it. Default: all processors.") =>
        NumberOption.Whole("--threads", description, 1, 1024);

    public static Option<string> Memory() => new("--memory")
    {
        Description = "Memory for buffers; less means fewer slices at once.",
        HelpName = "SIZE",
        DefaultValueFactory = static _ => "128MiB",
    };

    public static Option<bool> Resume() => new("--resume")
    {
        Description = "Continue where an interrupted run of the same command stopped.",
    };

    public static Option<bool> Overwrite() => new("--overwrite") { Description = "Replace the output if it exists." };

    public static Option<bool> DryRun() => new("--dry-run")
    {
        Description = "Print the plan, every tensor with its type and the exact size, and write nothing.",
    };

    /// <summary>A path, which must not be an option that was misspelled.</summary>
    /// <exception cref="UsageException">The value is empty or starts with a dash.</exception>
    public static string RequirePath(string value, string argument) =>
        string.IsNullOrWhiteSpace(value) ? throw new UsageException($"{argument}: expected a path, found nothing")
        : value.StartsWith('-') ? throw new UsageException(
            $"{argument}: '{value}' looks like an option that this command does not have; write ./{value} for a file of that name")
        : value;
}
