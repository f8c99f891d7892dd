using System.CommandLine;
using ModelPack.Cli.Terminal;
using ModelPack.Quantize.Mixtures;
using ModelPack.Quantize.Plans;

namespace ModelPack.Cli.Commands;

/// <summary>"modelpack convert": from a hub folder to an unquantized (or q8_0) GGUF.</summary>
internal static class ConvertCommand
{
    public static Command Create()
    {
        Argument<string> model = ModelArguments.Model("A checkpoint folder as hubs lay it out, or an f32, f16 or bf16 GGUF.");
        Option<string> to = ModelArguments.To();
        Option<string?> output = ModelArguments.Output("The file to write. Default: NAME-TYPE.gguf beside the model.");
        Option<string> type = new("--type", "-t")
        {
            Description = "auto keeps the source's type; fp8 and packed int4 become bf16 (f32 keeps their exact values).",
            HelpName = "auto|f32|f16|bf16|q8_0",
            DefaultValueFactory = static _ => "auto",
        };
        type.AcceptOnlyFromAmong("auto", "f32", "f16", "bf16", "q8_0");
        Option<string?> preTokenizer = ModelArguments.PreTokenizer();
        Option<string?> split = ModelArguments.SplitMaxSize();
        Option<int?> threads = ModelArguments.Threads();
        Option<string> memory = ModelArguments.Memory();
        Option<bool> resume = ModelArguments.Resume();
        Option<bool> overwrite = ModelArguments.Overwrite();
        Option<bool> dryRun = ModelArguments.DryRun();
        Option<bool> json = CommonOptions.Json();
        Command command = new("convert", "Convert a checkpoint to GGUF without quantizing it.")
        {
            model, to, output, type, preTokenizer, split, threads, memory, resume, overwrite, dryRun, json,
        };
        command.SetAction(async (parsed, cancel) =>
        {
            string typeName = parsed.GetValue(type)!;
            QuantPreset? preset = typeName == "auto" ? null : QuantPreset.Parse(typeName);
            PlanRun run = new(CommandTerminal.From(parsed), parsed.GetValue(json), parsed.GetValue(dryRun))
            {
                Threads = parsed.GetValue(threads) ?? Environment.ProcessorCount,
                MemoryBytes = UsageException.Guard("--memory", () => ByteSize.Parse(parsed.GetValue(memory)!)),
                Resume = parsed.GetValue(resume),
                Overwrite = parsed.GetValue(overwrite),
            };
            string? outputFile = parsed.GetValue(output) is { } named ? ModelArguments.RequirePath(named, "--output") : null;
            long? splitBytes = parsed.GetValue(split) is { } size
                ? UsageException.Guard("--split-max-size", () => ByteSize.Parse(size))
                : null;
            using ModelInput input = ModelInput.Open(
                ModelArguments.RequirePath(parsed.GetValue(model)!, "MODEL"), parsed.GetValue(preTokenizer), cancel);
            string file = outputFile ?? input.DefaultOutput((preset?.Default ?? input.Model.DefaultType).Name.ToLowerInvariant());
            QuantizationPlan plan = QuantizationPlan.ForConvert(input.Model, Path.GetFullPath(file), preset, splitBytes);
            return await run.ExecuteAsync(input, plan, "convert", cancel);
        });
        return command;
    }
}
