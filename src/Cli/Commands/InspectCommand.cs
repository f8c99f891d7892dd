using System.CommandLine;
using ModelPack.Cli.Documents;
using ModelPack.Cli.Inspection;
using ModelPack.Cli.Terminal;

namespace ModelPack.Cli.Commands;

/// <summary>"modelpack inspect": what a model is, without reading its weights.</summary>
internal static class InspectCommand
{
    public static Command Create()
    {
        Argument<string> model = ModelArguments.Model("A checkpoint folder, an ONNX folder, or a .safetensors, .gguf or .onnx file.");
        Option<bool> tensors = new("--tensors") { Description = "List every stored tensor." };
        Option<bool> json = CommonOptions.Json();
        Command command = new("inspect", "Say what a model is, without reading its weights.") { model, tensors, json };
        command.SetAction((parsed, cancel) =>
        {
            CommandTerminal terminal = CommandTerminal.From(parsed);
            string path = ModelArguments.RequirePath(parsed.GetValue(model)!, "MODEL");
            InspectDocument document = Inspector.Inspect(path, parsed.GetValue(tensors), terminal.Warn, cancel);
            if (parsed.GetValue(json))
            {
                JsonDocuments.Write(terminal.Output, document);
            }
            else
            {
                InspectText.Write(terminal.Output, document);
            }

            return Task.FromResult(ExitCode.Success);
        });
        return command;
    }
}
