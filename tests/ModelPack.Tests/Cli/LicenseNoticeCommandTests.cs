using System.Text;
using ModelPack.Cli;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Cli;

public sealed class LicenseNoticeCommandTests
{
    [Fact]
    public async Task Llama_s_texts_and_statements_are_written()
    {
        string model = SharedFolder.Require("fixtures/llama31");
        using TempFolder folder = new();
        Tool run = await Tool.SucceedAsync("license", "notice", model, "-o", folder.Path, "--overwrite");
        Assert.Equal(File.ReadAllBytes(Path.Combine(model, "LICENSE")), File.ReadAllBytes(folder.File("LICENSES/LicenseRef-Llama-3.1.txt")));
        string notice = File.ReadAllText(folder.File("NOTICE"));
        Assert.Contains("Llama 3.1 is licensed under the Llama 3.1 Community License, Copyright © Meta Platforms, Inc. All Rights Reserved.", notice, StringComparison.Ordinal);
        Assert.Contains("- \"Built with Llama\"", File.ReadAllText(folder.File("STATEMENTS.md")), StringComparison.Ordinal);
        Assert.Equal(["LICENSES/LicenseRef-Llama-3.1.txt", "NOTICE", "STATEMENTS.md"], run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l[(folder.Path.Length + 1)..]));
        Snapshot.Match(File.ReadAllText(folder.File("STATEMENTS.md")));
    }

    [Fact]
    public async Task The_model_s_own_notice_and_every_copyright_go_on()
    {
        using TempFolder folder = new();
        string model = folder.File("model");
        Directory.CreateDirectory(Path.Combine(model, "part"));
        folder.Write("model/README.md", "---\nlicense: apache-2.0\nmodel_name: acme-1\n---\n"u8);
        folder.Write("model/LICENSE", Encoding.UTF8.GetBytes(SpdxTexts.Text("Apache-2.0")));
        folder.Write("model/NOTICE", "Acme Model\r\nCopyright 2026 Acme\r\n"u8);
        string mit = SpdxTexts.Text("MIT");
        folder.Write("model/part/LICENSE", Encoding.UTF8.GetBytes(mit.Replace("<year> <copyright holders>", "2025 One", StringComparison.Ordinal)));
        Directory.CreateDirectory(Path.Combine(model, "other"));
        folder.Write("model/other/LICENSE", Encoding.UTF8.GetBytes(mit.Replace("<year> <copyright holders>", "2024 Two", StringComparison.Ordinal)));
        string output = folder.File("out");
        await Tool.SucceedAsync("license", "notice", model, "-o", output);
        Assert.Equal(["Apache-2.0.txt", "MIT.2.txt", "MIT.txt"], Directory.GetFiles(Path.Combine(output, "LICENSES")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        string all = File.ReadAllText(Path.Combine(output, "LICENSES", "MIT.txt")) + File.ReadAllText(Path.Combine(output, "LICENSES", "MIT.2.txt"));
        Assert.Contains("2025 One", all, StringComparison.Ordinal);
        Assert.Contains("2024 Two", all, StringComparison.Ordinal);
        string notice = File.ReadAllText(Path.Combine(output, "NOTICE"));
        Assert.StartsWith("acme-1\n", notice, StringComparison.Ordinal);
        Assert.Contains("\nAcme Model\nCopyright 2026 Acme\n", notice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_text_that_is_not_at_hand_and_a_wrong_name_fail()
    {
        using TempFolder folder = new();
        string model = folder.File("model");
        Directory.CreateDirectory(model);
        folder.Write("model/README.md", "---\nlicense: llama3.1\nbase_model: meta-llama/Llama-3.1-8B\n---\n"u8);
        Tool run = await Tool.RunAsync("license", "notice", model, "-o", folder.File("out"), "--name", "acme-8b");
        Assert.Equal(ExitCode.PolicyViolation, run.Code);
        Assert.Contains("the text of LicenseRef-Llama-3.1 is not at hand", run.Error, StringComparison.Ordinal);
        Assert.Contains("MPL206 denied", run.Error, StringComparison.Ordinal);
        Assert.Contains("## Texts to add to LICENSES/\n\n- LicenseRef-Llama-3.1", File.ReadAllText(folder.File("out/STATEMENTS.md")), StringComparison.Ordinal);
        Tool named = await Tool.RunAsync("license", "notice", model, "-o", folder.File("out2"), "--name", "Llama-acme-8b");
        Assert.DoesNotContain("MPL206", named.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_that_are_there_are_not_replaced()
    {
        using TempFolder folder = new();
        folder.Write("README.md", "---\nlicense: mit\n---\n"u8);
        folder.Write("LICENSE", Encoding.UTF8.GetBytes(SpdxTexts.Text("MIT")));
        folder.Write("NOTICE", "mine"u8);
        Tool run = await Tool.RunAsync("license", "notice", folder.Path, "-o", folder.Path);
        Assert.Equal(ExitCode.Failure, run.Code);
        Assert.Contains("NOTICE: exists", run.Error, StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(folder.File("NOTICE")));
        Assert.False(Directory.Exists(folder.File("LICENSES")));
    }
}
