using System.CommandLine;
using ModelPack.Cli.Terminal;
using ModelPack.Quantize.Calibration;
using ModelPack.Runtime;

namespace ModelPack.Cli.Commands;

/// <summary>The options that calibrate and evaluate share, and what their values mean.</summary>
internal sealed class RunArguments
{
    private readonly Option<string> _device = new("--device")
    {
        Description = "Where to run; auto takes a GPU that works, else the CPU, and says why.",
        HelpName = "auto|cpu|cuda[:N]",
        DefaultValueFactory = static _ => "auto",
    };

    private readonly Option<int?> _threads = ModelArguments.Threads("Threads of the CPU. Default: all processors.");

    private readonly Option<string?> _memory = new("--memory")
    {
        Description = "Memory to stay below; activations beyond it go to files. Default: half of the machine's.",
        HelpName = "SIZE",
    };

    public Option<string> Data { get; } = new("--data")
    {
        Description = "Text: a file (plain, or JSONL with text or messages) or a folder of such files.",
        HelpName = "TEXT",
        Required = true,
    };

    public Option<long?> Context { get; } =
        NumberOption.Whole<long>("--context", "Tokens of a window, each run by itself. Default: 512.", TokenWindows.ShortestContext, 1 << 20);

    public Option<bool> ParseSpecial { get; } = new("--parse-special")
    {
        Description = "Read spellings of control tokens in plain text as those tokens.",
    };

    public Option<bool> Json { get; } = CommonOptions.Json();

    /// <summary>Adds the options that stand after a command's own.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_device, _threads, _memory, ParseSpecial, Json])
        {
            command.Add(option);
        }
    }

    /// <summary>The text's path.</summary>
    /// <exception cref="UsageException">The value is no path.</exception>
    public string ReadData(ParseResult parsed) => ModelArguments.RequirePath(parsed.GetValue(Data)!, "--data");

    /// <summary>Tokens of a window.</summary>
    public int ReadContext(ParseResult parsed) => (int)(parsed.GetValue(Context) ?? 512);

    /// <summary>How to run.</summary>
    /// <exception cref="UsageException">A value cannot be read.</exception>
    public RunnerOptions ReadRunner(ParseResult parsed) => new()
    {
        Device = DeviceArgument.Read(parsed.GetValue(_device)!),
        Threads = parsed.GetValue(_threads) ?? Environment.ProcessorCount,
        MemoryBytes = parsed.GetValue(_memory) is { } size ? UsageException.Guard("--memory", () => ByteSize.Parse(size)) : null,
    };
}
