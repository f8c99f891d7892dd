using System.CommandLine;
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
        OutputOptions shared = new();
        Option<string> type = new("--type", "-t")
        {
            Description = $"One of {string.Join(", ", QuantPreset.All)}; int4 is q4_k_m, int8 is q8_0.",
            HelpName = "TYPE",
            DefaultValueFactory = static _ => "q4_k_m",
        };
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
        Command command = new("quantize", "Quantize a model, straight from the hub's folder to the final file.")
        {
            shared.Model, shared.To, type, shared.Output, imatrix, rules, error,
        };
        shared.AddCommonTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            QuantPreset preset = UsageException.Guard("--type", () => QuantPreset.Parse(parsed.GetValue(type)!));
            TypeRule[] parsedRules = UsageException.Guard<TypeRule[]>(
                "--rule", () => [.. (parsed.GetValue(rules) ?? []).Select(TypeRule.Parse)]);
            string? importanceFile = parsed.GetValue(imatrix) is { } matrix ? ModelArguments.RequirePath(matrix, "--imatrix") : null;
            PlanRun run = shared.ReadRun(parsed) with { MeasureError = parsed.GetValue(error) };
            string? outputFile = shared.ReadOutput(parsed);
            long? splitBytes = shared.ReadSplit(parsed);
            using ModelInput input = shared.Open(parsed, cancel);
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
