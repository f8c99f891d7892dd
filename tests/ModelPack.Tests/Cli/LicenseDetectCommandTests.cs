using System.Text;
using System.Text.Json;
using ModelPack.Cli;
using ModelPack.Licensing.Identity;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Cli;

public sealed class LicenseDetectCommandTests
{
    [Theory]
    [InlineData("kimik2", "LICENSE", "LicenseRef-Modified-MIT-Kimi-K2")]
    [InlineData("minimaxm2", "LICENSE", "LicenseRef-Modified-MIT-MiniMax-M2")]
    [InlineData("llama31", "LICENSE", "LicenseRef-Llama-3.1")]
    public async Task A_folder_s_license_files_are_read(string fixture, string file, string id)
    {
        JsonElement[] files = await DetectAsync(SharedFolder.Require($"fixtures/{fixture}"));
        JsonElement found = Assert.Single(files, entry => entry.GetProperty("path").GetString()!.EndsWith($"/{file}", StringComparison.Ordinal));
        Assert.Equal(id, found.GetProperty("id").GetString());
        Assert.Equal("exact", found.GetProperty("state").GetString());
        Assert.Equal(1, found.GetProperty("similarity").GetDouble());
        Assert.Equal(1, found.GetProperty("firstLine").GetInt32());
        Assert.DoesNotContain(files, static entry => entry.GetProperty("id").GetString() == "MIT");
    }

    [Fact]
    public async Task People_get_a_line_for_each_license_and_the_reasons()
    {
        using TempFolder folder = new();
        string text = SpdxTexts.Text("MIT") + "\n\nNo company shall use it for commercial products without a contract.\n";
        string path = folder.Write("LICENSE", Encoding.UTF8.GetBytes(text));
        (int code, string output, _) = await RunAsync("license", "detect", path);
        Assert.Equal(ExitCode.Success, code);
        Assert.StartsWith($"{path}:1-", output, StringComparison.Ordinal);
        Assert.Contains("LicenseRef-modified-MIT  modified", output, StringComparison.Ordinal);
        Assert.Contains("added terms: \"No company shall use it", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_files_with_license_names_are_read_in_a_folder()
    {
        using TempFolder folder = new();
        byte[] mit = Encoding.UTF8.GetBytes(SpdxTexts.Text("MIT"));
        Directory.CreateDirectory(folder.File("deep/er"));
        Directory.CreateDirectory(folder.File("node_modules/x"));
        foreach (string name in (string[])["LICENSE", "deep/er/COPYING.txt", "deep/licence.md", "NOTICE", "USE_POLICY.md", "model.bin", "node_modules/x/LICENSE"])
        {
            folder.Write(name, mit);
        }

        folder.Write("README.md", "# A model\n\nIt is a model of some size, and here are a few more words about what it can do.\n"u8);
        JsonElement[] files = await DetectAsync(folder.Path);
        Assert.Equal(
            ["LICENSE", "NOTICE", "USE_POLICY.md", "deep/er/COPYING.txt", "deep/licence.md"],
            files.Select(entry => Path.GetRelativePath(folder.Path, entry.GetProperty("path").GetString()!)));
        Assert.All(files, static entry => Assert.Equal("MIT", entry.GetProperty("id").GetString()));
    }

    [Fact]
    public async Task Loops_of_links_end_and_links_to_files_are_read()
    {
        using TempFolder folder = new();
        folder.Write("text", Encoding.UTF8.GetBytes(SpdxTexts.Text("ISC")));
        Directory.CreateDirectory(folder.File("a"));
        Directory.CreateSymbolicLink(folder.File("a/LICENSES"), folder.Path);
        File.CreateSymbolicLink(folder.File("a/LICENSE"), folder.File("text"));
        File.CreateSymbolicLink(folder.File("a/COPYING"), folder.File("a/COPYING"));
        (int code, string output, string error) = await RunAsync("license", "detect", folder.Path, "--json");
        Assert.Equal(ExitCode.Success, code);
        JsonElement found = Assert.Single(Files(output));
        Assert.Equal("ISC", found.GetProperty("id").GetString());
        Assert.Contains("COPYING", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_of_a_hundred_megabytes_is_read_at_its_start()
    {
        using TempFolder folder = new();
        string path = folder.File("LICENSE");
        using (FileStream file = File.Create(path))
        {
            file.Write(Encoding.UTF8.GetBytes(SpdxTexts.Text("MIT")));
            file.SetLength(100_000_000);
        }

        Assert.Equal("none", Assert.Single(await DetectAsync(path)).GetProperty("state").GetString());
        File.WriteAllText(path, SpdxTexts.Text("MIT") + new string('\n', 50_000_000));
        JsonElement found = Assert.Single(await DetectAsync(path));
        Assert.Equal("MIT", found.GetProperty("id").GetString());
        Assert.Contains(found.GetProperty("evidence").EnumerateArray(), static reason => reason.GetString()!.StartsWith("only the first 2", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_file_without_text_says_so()
    {
        using TempFolder folder = new();
        JsonElement empty = Assert.Single(await DetectAsync(folder.Write("LICENSE", [])));
        Assert.Equal(("NONE", "none"), (empty.GetProperty("id").GetString(), empty.GetProperty("state").GetString()));
        JsonElement binary = Assert.Single(await DetectAsync(folder.Write("LICENSE.bin", [0, 1, 2, 3])));
        Assert.Equal("the file is binary", binary.GetProperty("evidence")[0].GetString());
    }

    [Theory]
    [InlineData(ExitCode.Failure, "no such file or folder", "nowhere")]
    [InlineData(ExitCode.Usage, "looks like an option", "--jsn")]
    [InlineData(ExitCode.Usage, "")]
    public async Task What_cannot_be_read_is_named(int expected, string reason, params string[] paths)
    {
        (int code, _, string error) = await RunAsync(["license", "detect", .. paths]);
        Assert.Equal(expected, code);
        Assert.Contains(reason, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_that_promise_a_license_are_known()
    {
        Assert.All((string[])["LICENSE", "license.txt", "LICENCE.md", "LICENSE-MODEL", "COPYING", "COPYING.LESSER", "NOTICE", "USE_POLICY.md", "USAGE_POLICY",
            "MODEL_LICENSE", "Tongyi Qianwen LICENSE AGREEMENT", "README.md", "Unlicense"], static name => Assert.True(LicenseFileName.IsLicenseLike(name), name));
        Assert.All((string[])["config.json", "model.safetensors", "train.py", "relicense.sh"], static name => Assert.False(LicenseFileName.IsLicenseLike(name), name));
    }

    private static async Task<JsonElement[]> DetectAsync(string path)
    {
        (int code, string output, string error) = await RunAsync("license", "detect", path, "--json");
        Assert.True(code == ExitCode.Success, error);
        return Files(output);
    }

    private static JsonElement[] Files(string output)
    {
        using JsonDocument document = JsonDocument.Parse(output);
        Assert.Equal(1, document.RootElement.GetProperty("schemaVersion").GetInt32());
        return [.. document.RootElement.GetProperty("files").EnumerateArray().Select(static entry => entry.Clone())];
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] args)
    {
        using StringWriter output = new();
        using StringWriter error = new();
        int code = await Program.RunAsync(args, output, error, TestContext.Current.CancellationToken);
        return (code, output.ToString(), error.ToString());
    }
}
