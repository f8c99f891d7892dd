using System.CommandLine;
using ModelPack.Cli.Runs;
using ModelPack.Cli.Terminal;
using ModelPack.Quantize.Calibration;
using ModelPack.Runtime;

namespace ModelPack.Cli.Commands;

/// <summary>"modelpack evaluate": how well a model predicts a text, and how far its predictions are from those of a reference.</summary>
internal sealed class EvaluateCommand
{
    private readonly RunArguments _run = new();
    private readonly Argument<string> _model = ModelArguments.Model("A checkpoint folder, a GGUF of any type, or an ONNX folder.");

    private readonly Option<string?> _reference = new("--reference")
    {
        Description = "What to compare with, usually the unquantized model: adds KL divergence and top-token agreement.",
        HelpName = "MODEL",
    };

    private readonly Option<string[]> _variants = new("--variant")
    {
        Description = "One more model to evaluate on the same text, with the name it has in the report; repeatable.",
        HelpName = "NAME=PATH",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
    };

    private readonly Option<long?> _chunks = NumberOption.Whole<long>("--chunks", "Windows of the text to run. Default: all.", 1, int.MaxValue);

    private readonly Option<string?> _html = new("--html")
    {
        Description = "Also write a report: quality, size, error of every layer and expert. One file, readable offline.",
        HelpName = "FILE",
    };

    private readonly Option<bool> _overwrite = new("--overwrite") { Description = "Replace the report if it exists." };

    private EvaluateCommand()
    {
    }

    public static Command Create()
    {
        EvaluateCommand self = new();
        Command command = new("evaluate", "Measure how well a model predicts a text, and how far it is from a reference.")
        {
            self._model, self._run.Data, self._reference, self._variants, self._run.Context, self._chunks, self._html, self._overwrite,
        };
        self._run.AddTo(command);
        command.SetAction((parsed, cancel) => Task.Run(() => self.Execute(parsed, cancel), CancellationToken.None));
        return command;
    }

    private int Execute(ParseResult parsed, CancellationToken cancel)
    {
        CommandTerminal terminal = CommandTerminal.From(parsed);
        string data = _run.ReadData(parsed);
        int context = _run.ReadContext(parsed);
        RunnerOptions runner = _run.ReadRunner(parsed);
        string model = ModelArguments.RequirePath(parsed.GetValue(_model)!, "MODEL");
        string? reference = parsed.GetValue(_reference) is { } given ? ModelArguments.RequirePath(given, "--reference") : null;
        (string Name, string Path)[] variants = [.. (parsed.GetValue(_variants) ?? []).Select(Variant)];
        string? html = parsed.GetValue(_html) is { } file ? Path.GetFullPath(ModelArguments.RequirePath(file, "--html")) : null;
        if (html is not null)
        {
            CalibrateCommand.CheckOutput(html, parsed.GetValue(_overwrite));
        }

        using EvaluationModels models = EvaluationModels.Open(model, reference, variants, cancel);
        RunText text = new(data, models.First.Input, parsed.GetValue(_run.ParseSpecial));
        using WindowSource source = text.Windows(context);
        TokenWindows windows = source.Next((int)(parsed.GetValue(_chunks) ?? int.MaxValue / context))!;
        models.CheckTokens(text, windows, parsed.GetValue(_run.ParseSpecial), data);
        return new EvaluationRun(terminal, parsed.GetValue(_run.Json), models, text, windows, runner, html).Execute(cancel);
    }

    private static (string Name, string Path) Variant(string text)
    {
        int split = text.IndexOf('=', StringComparison.Ordinal);
        return split > 0 && split < text.Length - 1
            ? (text[..split], ModelArguments.RequirePath(text[(split + 1)..], "--variant"))
            : throw new UsageException($"--variant: '{text}'; expected NAME=PATH, for example q4_k_m=model-q4_k_m.gguf");
    }
}
