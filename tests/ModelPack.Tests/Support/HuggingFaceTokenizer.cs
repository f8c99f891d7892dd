using System.Diagnostics;
using System.Text.Json;

namespace ModelPack.Tests.Support;

/// <summary>Hugging Face's tokenizers (in JavaScript), the reference for token ids.</summary>
internal static class HuggingFaceTokenizer
{
    /// <summary>Token ids of texts, without tokens that are added to every text; one process for all.</summary>
    /// <param name="folder">Folder with tokenizer.json and tokenizer_config.json.</param>
    /// <param name="texts">The texts.</param>
    /// <returns>The texts, in NFC where this tokenizer puts them in NFC, and the ids of each.</returns>
    public static (string[] Texts, int[][] Ids) Encode(string folder, IReadOnlyList<string> texts)
    {
        ProcessStartInfo start = new("node", ["tokenize.mjs"])
        {
            WorkingDirectory = RepositoryFolder.Join("tests", "peers"),
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            StandardInputEncoding = new System.Text.UTF8Encoding(false),
            StandardOutputEncoding = new System.Text.UTF8Encoding(false),
        };
        using Process process = Process.Start(start)!;
        process.StandardInput.Write(JsonSerializer.Serialize(new { folder, strings = texts }));
        process.StandardInput.Close();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        using JsonDocument result = JsonDocument.Parse(output);
        return (
            result.RootElement.GetProperty("texts").Deserialize<string[]>()!,
            result.RootElement.GetProperty("ids").Deserialize<int[][]>()!);
    }
}
