using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ModelPack.Tests.Support;

/// <summary>Hugging Face's Jinja (in JavaScript), the reference for chat templates.</summary>
internal static class HuggingFaceJinja
{
    /// <summary>Renders templates; null where one fails. One process for all.</summary>
    /// <param name="cases">Each template, and its variables as JSON.</param>
    public static string?[] Render(IReadOnlyList<(string Template, JsonNode Variables)> cases)
    {
        ProcessStartInfo start = new("node", ["render.mjs"])
        {
            WorkingDirectory = RepositoryFolder.Join("tests", "peers"),
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            StandardInputEncoding = new UTF8Encoding(false),
            StandardOutputEncoding = new UTF8Encoding(false),
        };
        using Process process = Process.Start(start)!;
        JsonArray input = [.. cases.Select(static c => new JsonObject { ["template"] = c.Template, ["variables"] = c.Variables.DeepClone() })];
        process.StandardInput.Write(input.ToJsonString());
        process.StandardInput.Close();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        using JsonDocument result = JsonDocument.Parse(output);
        return [.. result.RootElement.EnumerateArray().Select(static r => r.ValueKind == JsonValueKind.String ? r.GetString() : null)];
    }
}
