using System.CommandLine;
using ModelPack.Quantize.Mixtures;
using ModelPack.Quantize.Plans;

namespace ModelPack.Cli.Commands;

/// <summary>"modelpack convert": from a hub folder to an unquantized (or q8_0) GGUF.</summary>
internal static class ConvertCommand
{
    public static Command Create()
    {
        OutputOptions shared = new();
        Option<string> type = new("--type", "-t")
        {
            Description = "auto keeps the source's type; fp8 and packed int4 become bf16 (f32 keeps their exact values).",
            HelpName = "auto|f32|f16|bf16|q8_0",
            DefaultValueFactory = static _ => "auto",
        };
        type.AcceptOnlyFromAmong("auto", "f32", "f16", "bf16", "q8_0");
        Command command = new("convert", "Convert a checkpoint to GGUF without quantizing it.")
        {
            shared.Model, shared.To, shared.Output, type,
        };
        shared.AddCommonTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            string typeName = parsed.GetValue(type)!;
            QuantPreset? preset = typeName == "auto" ? null : QuantPreset.Parse(typeName);
            PlanRun run = shared.ReadRun(parsed);
            string? outputFile = shared.ReadOutput(parsed);
            long? splitBytes = shared.ReadSplit(parsed);
            using ModelInput input = shared.Open(parsed, cancel);
            string file = outputFile ?? input.DefaultOutput((preset?.Default ?? input.Model.DefaultType).Name.ToLowerInvariant());
            QuantizationPlan plan = QuantizationPlan.ForConvert(input.Model, Path.GetFullPath(file), preset, splitBytes);
            return await run.ExecuteAsync(input, plan, "convert", cancel);
        });
        return command;
    }
}
