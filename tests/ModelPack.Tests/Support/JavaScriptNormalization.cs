using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace ModelPack.Tests.Support;

/// <summary>Unicode normalization by JavaScript, which brings its own tables.</summary>
internal static class JavaScriptNormalization
{
    /// <summary>Forms C and D of texts, in one process.</summary>
    public static (string Composed, string Decomposed)[] Apply(IReadOnlyList<string> texts)
    {
        ProcessStartInfo start = new("node", ["normalize.mjs"])
        {
            WorkingDirectory = RepositoryFolder.Join("tests", "peers"),
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            StandardInputEncoding = new UTF8Encoding(false),
            StandardOutputEncoding = new UTF8Encoding(false),
        };
        using Process process = Process.Start(start)!;
        process.StandardInput.Write(JsonSerializer.Serialize(texts));
        process.StandardInput.Close();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return [.. JsonSerializer.Deserialize<string[][]>(output)!.Select(static p => (p[0], p[1]))];
    }
}
