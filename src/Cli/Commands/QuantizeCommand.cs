using System.CommandLine;
using System.Diagnostics;
using ModelPack.Cli.Calibrated;
using ModelPack.Cli.Recipes;
using ModelPack.Cli.Terminal;
using ModelPack.Models.Conversion;
using ModelPack.Quantize.Calibrated;
using ModelPack.Quantize.Importance;
using ModelPack.Quantize.Mixtures;
using ModelPack.Quantize.Onnx;
using ModelPack.Quantize.Plans;
using ModelPack.Quantize.Rules;

namespace ModelPack.Cli.Commands;

/// <summary>"modelpack quantize": from a hub folder (or an unquantized GGUF) to a quantized GGUF or ONNX folder, in one pass.</summary>
internal sealed class QuantizeCommand
{
    private readonly OutputOptions _shared = new();
    private readonly OnnxArguments _onnx = new();
    private readonly CalibrationArguments _calibration = new();

    private readonly Option<string?> _type = new("--type", "-t")
    {
        Description = $"GGUF: one of {string.Join(", ", QuantPreset.All)}; int4 is q4_k_m, int8 is q8_0. ONNX: one of "
            + $"{string.Join(", ", OnnxType.All)}. Default: q4_k_m, or int4 for ONNX.",
        HelpName = "TYPE",
    };

    private readonly Option<string?> _imatrix = new("--imatrix")
    {
        Description = "Importance matrix of llama.cpp (GGUF or the old .dat), used per expert.",
        HelpName = "FILE",
    };

    private readonly Option<string[]> _rules = new("--rule")
    {
        Description = "A type for the tensors a pattern matches, 'layers.*.experts.*.down=q6_k'; repeatable, the first match wins.",
        HelpName = "PATTERN=TYPE",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
    };

    private readonly Option<string?> _recipe = new("--recipe")
    {
        Description = "YAML file that says what these options say; an option on the command line wins ('modelpack new recipe' writes one).",
        HelpName = "FILE",
    };

    private readonly Option<bool> _error = new("--measure-error") { Description = "Decode what was encoded and report each tensor's relative error." };

    private QuantizeCommand()
    {
    }

    public static Command Create()
    {
        QuantizeCommand self = new();
        Command command = new("quantize", "Quantize a model, straight from the hub's folder to the final file or ONNX folder.")
        {
            self._shared.Model, self._shared.To, self._type, self._shared.Output, self._imatrix, self._rules, self._recipe, self._error,
        };
        self._calibration.AddTo(command);
        self._onnx.AddBlocksTo(command);
        self._onnx.AddTo(command);
        self._shared.AddCommonTo(command);
        command.SetAction(self.RunAsync);
        return command;
    }

    private Task<int> RunAsync(ParseResult parsed, CancellationToken cancel)
    {
        CommandTerminal terminal = CommandTerminal.From(parsed);
        Recipe recipe = parsed.GetValue(_recipe) is { } file ? RecipeReader.Read(ModelArguments.RequirePath(file, "--recipe")) : Recipe.None;
        ParseResult all = recipe.Complete(parsed);
        return _shared.IsOnnx(all)
            ? ToOnnxAsync(all, terminal, recipe.Methods, cancel)
            : ToGgufAsync(all, terminal, recipe.Methods, cancel);
    }

    private async Task<int> ToGgufAsync(ParseResult parsed, CommandTerminal terminal, IReadOnlyList<MethodRule> methods, CancellationToken cancel)
    {
        _onnx.RefuseUnused(parsed);
        QuantPreset preset = UsageException.Guard("--type", () => QuantPreset.Parse(parsed.GetValue(_type) ?? "q4_k_m"));
        TypeRule[] rules = UsageException.Guard<TypeRule[]>("--rule", () => [.. Rules(parsed).Select(TypeRule.Parse)]);
        string? importanceFile = ImportanceFile(parsed);
        CalibrationRequest request = _calibration.Read(parsed, importanceFile is not null, methods);
        PlanRun run = _shared.ReadRun(parsed) with { Terminal = terminal, MeasureError = parsed.GetValue(_error) };
        string? outputFile = _shared.ReadOutput(parsed);
        long? splitBytes = _shared.ReadSplit(parsed);
        using ModelInput input = _shared.Open(parsed, cancel);
        using ImportanceMatrix? importance = importanceFile is null ? null : ImportanceMatrix.Load(importanceFile);
        string file = outputFile ?? input.DefaultOutput(preset.Name);
        QuantizeOptions options = new()
        {
            Preset = preset,
            Rules = rules,
            Importance = request.UsesImportance ? importance : null,
            ImportanceFile = importanceFile,
            Methods = request.Methods,
            SplitMaxBytes = splitBytes,
        };
        if (!request.IsAsked)
        {
            return await run.ExecuteAsync(input, QuantizationPlan.ForQuantize(input.Model, Path.GetFullPath(file), options), "quantize", cancel);
        }

        long start = Stopwatch.GetTimestamp();
        using CalibratedRun calibrated = new(request, run, input.OpenWeights(), request.ReadWindows(input.OpenText), file);
        QuantizationPlan plan = calibrated.Plan(input.Model, Path.GetFullPath(file), options, cancel);
        int code = await (run with { Budget = calibrated.Budget, Calibration = calibrated.Planned, Started = start }).ExecuteAsync(input, plan, "quantize", cancel);
        calibrated.Finish();
        return code;
    }

    private async Task<int> ToOnnxAsync(ParseResult parsed, CommandTerminal terminal, IReadOnlyList<MethodRule> methods, CancellationToken cancel)
    {
        OnnxType type = UsageException.Guard("--type", () => OnnxType.Parse(parsed.GetValue(_type) ?? OnnxType.Int4.Name));
        OnnxRule[] rules = UsageException.Guard<OnnxRule[]>("--rule", () => [.. Rules(parsed).Select(OnnxRule.Parse)]);
        string? importanceFile = ImportanceFile(parsed);
        CalibrationRequest request = _calibration.Read(parsed, importanceFile is not null, methods);
        PlanRun run = _shared.ReadRun(parsed) with { Terminal = terminal, MeasureError = parsed.GetValue(_error) };
        string? outputFolder = _shared.ReadOutput(parsed);
        OnnxOptions options = _onnx.Read(parsed, type, _shared.ReadSplit(parsed));
        using OnnxInput input = _shared.OpenForOnnx(parsed, cancel);
        using ImportanceMatrix? importance = importanceFile is null ? null : ImportanceMatrix.Load(importanceFile);
        string folder = outputFolder ?? input.DefaultOutput(type);
        options = options with
        {
            Rules = rules,
            Importance = request.UsesImportance ? importance : null,
            ImportanceFile = Path.GetFileName(importanceFile),
            Methods = request.Methods,
        };
        if (!request.IsAsked)
        {
            OnnxPlan rounded = OnnxPlan.Create(input.Checkpoint, folder, options);
            return await new OnnxRun(run).ExecuteAsync(input, rounded, OnnxFolderFiles.Create(input, rounded), "quantize", cancel);
        }

        long start = Stopwatch.GetTimestamp();
        using CalibratedRun calibrated = new(request, run, ModelWeights.Of(input.Checkpoint), request.ReadWindows(input.OpenText), folder);
        OnnxPlan plan = calibrated.Plan(input, folder, options, cancel);
        int code = await new OnnxRun(run with { Budget = calibrated.Budget, Calibration = calibrated.Planned, Started = start })
            .ExecuteAsync(input, plan, OnnxFolderFiles.Create(input, plan), "quantize", cancel);
        calibrated.Finish();
        return code;
    }

    private string[] Rules(ParseResult parsed) => parsed.GetValue(_rules) ?? [];

    private string? ImportanceFile(ParseResult parsed) =>
        parsed.GetValue(_imatrix) is { } matrix ? ModelArguments.RequirePath(matrix, "--imatrix") : null;
}
