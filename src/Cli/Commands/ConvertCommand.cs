using System.CommandLine;
using ModelPack.Quantize.Mixtures;
using ModelPack.Quantize.Onnx;
using ModelPack.Quantize.Plans;

namespace ModelPack.Cli.Commands;

/// <summary>"modelpack convert": from a hub folder to an unquantized (or q8_0) GGUF, or an unquantized ONNX folder.</summary>
internal static class ConvertCommand
{
    public static Command Create()
    {
        OutputOptions shared = new();
        OnnxArguments onnx = new();
        Option<string> type = new("--type", "-t")
        {
            Description = "auto keeps the source's type; fp8 and packed int4 become bf16 (f32 keeps their exact values). ONNX has f32 and f16.",
            HelpName = "auto|f32|f16|bf16|q8_0",
            DefaultValueFactory = static _ => "auto",
        };
        type.AcceptOnlyFromAmong("auto", "f32", "f16", "bf16", "q8_0");
        Command command = new("convert", "Convert a checkpoint to GGUF or ONNX without quantizing it.")
        {
            shared.Model, shared.To, shared.Output, type,
        };
        onnx.AddTo(command);
        shared.AddCommonTo(command);
        command.SetAction((parsed, cancel) =>
        {
            string typeName = parsed.GetValue(type)!;
            return shared.IsOnnx(parsed)
                ? ToOnnxAsync(shared, onnx, parsed, typeName, cancel)
                : ToGgufAsync(shared, onnx, parsed, typeName, cancel);
        });
        return command;
    }

    private static async Task<int> ToGgufAsync(OutputOptions shared, OnnxArguments onnx, ParseResult parsed, string type, CancellationToken cancel)
    {
        onnx.RefuseUnused(parsed);
        QuantPreset? preset = type == "auto" ? null : QuantPreset.Parse(type);
        PlanRun run = shared.ReadRun(parsed);
        string? outputFile = shared.ReadOutput(parsed);
        long? splitBytes = shared.ReadSplit(parsed);
        using ModelInput input = shared.Open(parsed, cancel);
        string file = outputFile ?? input.DefaultOutput((preset?.Default ?? input.Model.DefaultType).Name.ToLowerInvariant());
        QuantizationPlan plan = QuantizationPlan.ForConvert(input.Model, Path.GetFullPath(file), preset, splitBytes);
        return await run.ExecuteAsync(input, plan, "convert", cancel);
    }

    private static async Task<int> ToOnnxAsync(OutputOptions shared, OnnxArguments onnx, ParseResult parsed, string type, CancellationToken cancel)
    {
        OnnxType? chosen = type switch
        {
            "auto" => null,
            "f32" or "f16" => OnnxType.Parse(type),
            _ => throw new UsageException($"--type: {type} is a type of GGUF; --to onnx has auto, f32 and f16 (quantize has int8 and int4)"),
        };
        PlanRun run = shared.ReadRun(parsed);
        string? outputFolder = shared.ReadOutput(parsed);
        long? splitBytes = shared.ReadSplit(parsed);
        using OnnxInput input = shared.OpenForOnnx(parsed, cancel);
        chosen ??= input.NaturalType();
        OnnxPlan plan = OnnxPlan.Create(
            input.Checkpoint, outputFolder ?? input.DefaultOutput(chosen), onnx.Read(parsed, chosen, splitBytes));
        return await new OnnxRun(run).ExecuteAsync(input, plan, OnnxFolderFiles.Create(input, plan), "convert", cancel);
    }
}
