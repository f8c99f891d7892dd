using System.CommandLine;
using ModelPack.Cli.Terminal;

namespace ModelPack.Cli.Commands;

/// <summary>The arguments and options that convert and quantize share, and what their values mean.</summary>
internal sealed class OutputOptions
{
    private readonly Option<string?> _preTokenizer = ModelArguments.PreTokenizer();
    private readonly Option<string?> _split = ModelArguments.SplitMaxSize();
    private readonly Option<int?> _threads = ModelArguments.Threads();
    private readonly Option<string> _memory = ModelArguments.Memory();
    private readonly Option<bool> _resume = ModelArguments.Resume();
    private readonly Option<bool> _overwrite = ModelArguments.Overwrite();
    private readonly Option<bool> _dryRun = ModelArguments.DryRun();
    private readonly Option<bool> _json = CommonOptions.Json();

    public Argument<string> Model { get; } = ModelArguments.Model("A checkpoint folder as hubs lay it out, or (for GGUF) an f32, f16 or bf16 GGUF.");

    public Option<string> To { get; } = ModelArguments.To();

    public Option<string?> Output { get; } = ModelArguments.Output("The file or folder to write. Default: NAME-TYPE.gguf or NAME-TYPE-onnx/ beside the model.");

    /// <summary>Adds the options that stand after a command's own.</summary>
    public void AddCommonTo(Command command)
    {
        foreach (Option option in (Option[])[_preTokenizer, _split, _threads, _memory, _resume, _overwrite, _dryRun, _json])
        {
            command.Add(option);
        }
    }

    /// <summary>How to run.</summary>
    /// <exception cref="UsageException">A value cannot be read.</exception>
    public PlanRun ReadRun(ParseResult parsed) => new(CommandTerminal.From(parsed), parsed.GetValue(_json), parsed.GetValue(_dryRun))
    {
        Threads = parsed.GetValue(_threads) ?? Environment.ProcessorCount,
        MemoryBytes = UsageException.Guard("--memory", () => ByteSize.Parse(parsed.GetValue(_memory)!)),
        Resume = parsed.GetValue(_resume),
        Overwrite = parsed.GetValue(_overwrite),
    };

    /// <summary>The file that was asked for; null for the default.</summary>
    /// <exception cref="UsageException">The value is no path.</exception>
    public string? ReadOutput(ParseResult parsed) =>
        parsed.GetValue(Output) is { } named ? ModelArguments.RequirePath(named, "--output") : null;

    /// <summary>Largest size of a file; null for one file.</summary>
    /// <exception cref="UsageException">The value is no size.</exception>
    public long? ReadSplit(ParseResult parsed) => parsed.GetValue(_split) is { } size
        ? UsageException.Guard("--split-max-size", () => ByteSize.Parse(size))
        : null;

    /// <summary>Whether the output is an ONNX folder.</summary>
    public bool IsOnnx(ParseResult parsed) => parsed.GetValue(To) == "onnx";

    /// <summary>Opens the model for an ONNX export.</summary>
    /// <exception cref="UsageException">The value is no path, or an option is only for GGUF.</exception>
    /// <exception cref="Models.ModelPackException">The model is broken or not supported.</exception>
    public OnnxInput OpenForOnnx(ParseResult parsed, CancellationToken cancel) => parsed.GetValue(_preTokenizer) is null
        ? OnnxInput.Open(ModelArguments.RequirePath(parsed.GetValue(Model)!, "MODEL"), cancel)
        : throw new UsageException("--pre-tokenizer: only for --to gguf");

    /// <summary>Opens the model.</summary>
    /// <exception cref="UsageException">The value is no path.</exception>
    /// <exception cref="Models.ModelPackException">The model is broken or not supported.</exception>
    public ModelInput Open(ParseResult parsed, CancellationToken cancel) =>
        ModelInput.Open(ModelArguments.RequirePath(parsed.GetValue(Model)!, "MODEL"), parsed.GetValue(_preTokenizer), cancel);
}
