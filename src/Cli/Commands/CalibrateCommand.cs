using System.CommandLine;
using ModelPack.Cli.Runs;
using ModelPack.Cli.Terminal;
using ModelPack.Models;
using ModelPack.Quantize.Calibration;
using ModelPack.Runtime;
using ModelPack.Runtime.Calibration;

namespace ModelPack.Cli.Commands;

/// <summary>"modelpack calibrate": runs text through a model and writes the importance of every weight's columns, as llama-imatrix does.</summary>
internal sealed class CalibrateCommand
{
    private const long DefaultTokens = 1 << 18;

    private readonly RunArguments _run = new();
    private readonly Argument<string> _model = ModelArguments.Model("A checkpoint folder, or an f32, f16 or bf16 GGUF.");
    private readonly Option<string> _output = new("--output", "-o")
    {
        Description = "The file to write, in llama.cpp's imatrix format (GGUF).",
        HelpName = "IMATRIX.gguf",
        Required = true,
    };

    private readonly Option<long?> _tokens = NumberOption.Whole<long>(
        "--tokens", "Tokens of text to run, in whole windows. Default: 262144, or all of a shorter text.", 1, long.MaxValue);

    private readonly Option<long?> _ensure = NumberOption.Whole<long>(
        "--ensure-experts", "Run more of the text until every expert saw so many tokens, or until the text ends.", 1, long.MaxValue);

    private readonly Option<bool> _resume = ModelArguments.Resume();
    private readonly Option<bool> _overwrite = ModelArguments.Overwrite();
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Say what would be run on what, and the memory it takes; write nothing." };

    private CalibrateCommand()
    {
    }

    public static Command Create()
    {
        CalibrateCommand self = new();
        Command command = new("calibrate", "Measure on text which weights matter, expert by expert (llama.cpp's imatrix).")
        {
            self._model, self._run.Data, self._output, self._tokens, self._run.Context, self._ensure,
        };
        self._run.AddTo(command);
        command.Add(self._resume);
        command.Add(self._overwrite);
        command.Add(self._dryRun);
        command.SetAction((parsed, cancel) => Task.Run(() => self.Execute(parsed, cancel), CancellationToken.None));
        return command;
    }

    private int Execute(ParseResult parsed, CancellationToken cancel)
    {
        CommandTerminal terminal = CommandTerminal.From(parsed);
        string data = _run.ReadData(parsed);
        string output = Path.GetFullPath(ModelArguments.RequirePath(parsed.GetValue(_output)!, "--output"));
        int context = _run.ReadContext(parsed);
        RunnerOptions runner = _run.ReadRunner(parsed);
        CheckOutput(output, parsed.GetValue(_overwrite));
        using RunInput input = RunInput.Open(ModelArguments.RequirePath(parsed.GetValue(_model)!, "MODEL"), cancel);
        if (input.Weights is null)
        {
            throw new ModelPackException($"{input.Path}: an ONNX model does not show what its layers see; expected a checkpoint folder or an f32, f16 or bf16 GGUF");
        }

        RunText text = new(data, input, parsed.GetValue(_run.ParseSpecial));
        string state = output + ".state";
        ImportanceCalibration calibration = new()
        {
            Windows = (int)Math.Clamp((parsed.GetValue(_tokens) ?? DefaultTokens) / context, 1, int.MaxValue),
            EnsureExperts = parsed.GetValue(_ensure) ?? 0,
            Runner = runner with
            {
                StateFolder = parsed.GetValue(_dryRun) ? null : state,
                Resume = parsed.GetValue(_resume),
                Fingerprint = SourceFingerprint.Of(input.Weights.Sources),
            },
        };
        using WindowSource windows = text.Windows(context);
        CalibrationRun run = new(terminal, parsed.GetValue(_run.Json), input, text, calibration);
        return parsed.GetValue(_dryRun) ? run.Describe(windows) : run.Execute(windows, output, state, cancel);
    }

    /// <summary>Refuses to write over what is there, before any work is done.</summary>
    /// <exception cref="ModelPackException">It is a folder, in no folder, or a file that may not be replaced.</exception>
    internal static void CheckOutput(string output, bool overwrite)
    {
        if (Directory.Exists(output))
        {
            throw new ModelPackException($"{output}: is a folder; expected the name of a file");
        }

        if (!Directory.Exists(Path.GetDirectoryName(output)))
        {
            throw new ModelPackException($"{output}: no such folder to write to");
        }

        if (!overwrite && File.Exists(output))
        {
            throw new ModelPackException($"{output}: exists; expected a new name, or --overwrite");
        }
    }
}
