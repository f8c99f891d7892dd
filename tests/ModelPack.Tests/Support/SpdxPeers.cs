using System.Diagnostics;
using System.Text.Json;

namespace ModelPack.Tests.Support;

/// <summary>npm's spdx-expression-parse and spdx-satisfies, one process for a table of questions.</summary>
internal static class SpdxPeers
{
    /// <summary>Trees (null: refused) and answers (null: refused).</summary>
    public static (JsonElement[] Trees, bool?[] Satisfies) Ask(
        IReadOnlyList<string> expressions, IReadOnlyList<(string Expression, string[] Approved)> questions)
    {
        ProcessStartInfo start = new("node", ["spdx.mjs"])
        {
            WorkingDirectory = RepositoryFolder.Join("tests", "peers"),
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            StandardInputEncoding = new System.Text.UTF8Encoding(false),
            StandardOutputEncoding = new System.Text.UTF8Encoding(false),
        };
        using Process process = Process.Start(start)!;
        object[][] pairs = [.. questions.Select(static question => (object[])[question.Expression, question.Approved])];
        process.StandardInput.Write(JsonSerializer.Serialize(new { expressions, satisfies = pairs }));
        process.StandardInput.Close();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        using JsonDocument result = JsonDocument.Parse(output);
        return (
            [.. result.RootElement.GetProperty("trees").EnumerateArray().Select(static tree => tree.Clone())],
            result.RootElement.GetProperty("satisfies").Deserialize<bool?[]>()!);
    }
}
