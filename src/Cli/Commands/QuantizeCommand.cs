using System.CommandLine;
using ModelPack.Cli.Terminal;
using ModelPack.Quantize.Importance;
using ModelPack.Quantize.Mixtures;
using ModelPack.Quantize.Plans;
using ModelPack.Quantize.Rules;

namespace ModelPack.Cli.Commands;

/// <summary>"modelpack quantize": from a hub folder or an unquantized GGUF to a quantized GGUF, in one pass.</summary>
internal static class QuantizeCommand
{
    public static Command Create()
    {
        Argument<string> model = ModelArguments.Model("A checkpoint folder as hubs lay it out, or an f32, f16 or bf16 GGUF.");
        Option<string> to = ModelArguments.To();
        Option<string> type = new("--type", "-t")
        {
            Description = $"One of {string.Join(", ", QuantPreset.All)}; int4 is q4_k_m, int8 is q8_0.",
            HelpName = "TYPE",
            DefaultValueFactory = static _ => "q4_k_m",
        };
        Option<string?> output = ModelArguments.Output("The file to write. Default: NAME-TYPE.gguf beside the model.");
        Option<string?> imatrix = new("--imatrix")
        {
            Description = "Importance matrix of llama.cpp (GGUF or the old .dat), used per expert.",
            HelpName = "FILE",
        };
        Option<string[]> rules = new("--rule")
        {
            Description = "A type for the tensors a pattern matches, 'layers.*.experts.*.down=q6_k'; repeatable, the first match wins.",
            HelpName = "PATTERN=TYPE",
            Arity = ArgumentArity.OneOrMore,
            AllowMultipleArgumentsPerToken = false,
        };
        Option<bool> error = new("--measure-error") { Description = "Decode what was encoded and report each tensor's relative error." };
        Option<string?> preTokenizer = ModelArguments.PreTokenizer();
        Option<string?> split = ModelArguments.SplitMaxSize();
        Option<int?> threads = ModelArguments.Threads();
        Option<string> memory = ModelArguments.Memory();
        Option<bool> resume = ModelArguments.Resume();
        Option<bool> overwrite = ModelArguments.Overwrite();
        Option<bool> dryRun = ModelArguments.DryRun();
        Option<bool> json = CommonOptions.Json();
        Command command = new("quantize", "Quantize a model, straight from the hub's folder to the final file.")
        {
            model, to, type, output, imatrix, rules, error, preTokenizer, split, threads, memory, resume, overwrite, dryRun, json,
        };
        command.SetAction(async (parsed, cancel) =>
        {
            QuantPreset preset = UsageException.Guard("--type", () => QuantPreset.Parse(parsed.GetValue(type)!));
            TypeRule[] parsedRules = UsageException.Guard<TypeRule[]>(
                "--rule", () => [.. (parsed.GetValue(rules) ?? []).Select(TypeRule.Parse)]);
            string? importanceFile = parsed.GetValue(imatrix) is { } matrix ? ModelArguments.RequirePath(matrix, "--imatrix") : null;
            PlanRun run = new(CommandTerminal.From(parsed), parsed.GetValue(json), parsed.GetValue(dryRun))
            {
                Threads = parsed.GetValue(threads) ?? Environment.ProcessorCount,
                MemoryBytes = UsageException.Guard("--memory", () => ByteSize.Parse(parsed.GetValue(memory)!)),
                Resume = parsed.GetValue(resume),
                Overwrite = parsed.GetValue(overwrite),
                MeasureError = parsed.GetValue(error),
            };
            string? outputFile = parsed.GetValue(output) is { } named ? ModelArguments.RequirePath(named, "--output") : null;
            long? splitBytes = parsed.GetValue(split) is { } size
                ? UsageException.Guard("--split-max-size", () => ByteSize.Parse(size))
                : null;
            using ModelInput input = ModelInput.Open(
                ModelArguments.RequirePath(parsed.GetValue(model)!, "MODEL"), parsed.GetValue(preTokenizer), cancel);
            using ImportanceMatrix? importance = importanceFile is null ? null : ImportanceMatrix.Load(importanceFile);
            string file = outputFile ?? input.DefaultOutput(preset.Name);
            QuantizationPlan plan = QuantizationPlan.ForQuantize(input.Model, Path.GetFullPath(file), new QuantizeOptions
            {
                Preset = preset,
                Rules = parsedRules,
                Importance = importance,
                ImportanceFile = importanceFile,
                SplitMaxBytes = splitBytes,
            });
            return await run.ExecuteAsync(input, plan, "quantize", cancel);
        });
        return command;
    }
}
