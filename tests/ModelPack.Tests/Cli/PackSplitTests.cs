using ModelPack.Cli;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Cli;

/// <summary>GGUF files that are divided while they are packed.</summary>
public sealed class PackSplitTests
{
    private const long Most = 2 << 20;
    private static readonly string Sample = RepositoryFolder.Join("samples/tiny-qwen3moe");
    private static readonly int[] Tokens = [1, 5, 9, 33, 7, 120];

    [Fact]
    public async Task A_divided_model_has_the_files_that_quantize_would_have_written_and_llama_cpp_reads_them()
    {
        using TempFolder folder = new();
        Directory.CreateDirectory(folder.File("split"));
        await Tool.SucceedAsync("quantize", Sample, "-t", "q8_0", "-o", folder.File("tiny.gguf"));
        await Tool.SucceedAsync("quantize", Sample, "-t", "q8_0", "-o", folder.File("split/tiny.gguf"), "--split-max-size", "2MiB");
        await PackAsync(folder, folder.File("tiny.gguf"), "2MiB");

        string[] expected = [.. Directory.GetFiles(folder.File("split")).Order(StringComparer.Ordinal)];
        string[] pulled = Ggufs(folder);
        Assert.True(expected.Length > 2);
        Assert.Equal(expected.Select(Path.GetFileName), pulled.Select(Path.GetFileName));
        Assert.All(pulled, static p => Assert.InRange(new FileInfo(p).Length, 1, Most));
        Assert.Equal(expected.Select(File.ReadAllBytes), pulled.Select(File.ReadAllBytes));
        using LlamaModel whole = LlamaCpp.Load(folder.File("tiny.gguf"));
        using LlamaModel divided = LlamaCpp.Load(pulled[0]);
        Assert.Equal(whole.Logits(Tokens), divided.Logits(Tokens));
    }

    [Fact]
    public async Task Models_in_folders_are_divided_where_they_are_and_smaller_ones_stay()
    {
        using TempFolder folder = new();
        Directory.CreateDirectory(folder.File("model/gguf"));
        await Tool.SucceedAsync("quantize", Sample, "-t", "q8_0", "-o", folder.File("model/gguf/large.gguf"), "--split-max-size", "4MiB");
        await Tool.SucceedAsync("quantize", Sample, "-t", "q8_0", "-o", folder.File("model/small.gguf"));
        long small = new FileInfo(folder.File("model/small.gguf")).Length;
        Assert.True(small > 4 << 20);
        await PackAsync(folder, folder.File("model"), "2MiB", "--no-audit");
        string[] paths = [.. Ggufs(folder).Select(p => Path.GetRelativePath(folder.File("out"), p))];
        Assert.All(paths, static p => Assert.Matches(@"^(gguf/large|small)-0000\d-of-0000\d\.gguf$", p.Replace('\\', '/')));
        Assert.All(Ggufs(folder), static p => Assert.InRange(new FileInfo(p).Length, 1, Most));

        await PackAsync(folder, folder.File("model"), "1GiB", "--no-audit", "--overwrite");
        Assert.Contains("small.gguf", Ggufs(folder).Select(p => Path.GetRelativePath(folder.File("out"), p)));
        Assert.Equal(small, new FileInfo(folder.File("out/small.gguf")).Length);
    }

    [Fact]
    public async Task The_packages_of_nuget_hold_the_divided_files()
    {
        using TempFolder folder = new();
        await Tool.SucceedAsync("quantize", Sample, "-t", "q8_0", "-o", folder.File("tiny.gguf"));
        Tool run = await Tool.SucceedAsync(
            "pack", folder.File("tiny.gguf"), "--name", "tiny", "--version", "1.0.0", "--as", "nuget", "--no-audit", "--split-max-size", "2MiB", "--part-size", "3MiB", "-o", folder.File("nuget"));
        Assert.Matches(@"\b[3-9] files, .* in [2-9] parts", run.Output);
        await Tool.SucceedAsync("verify", folder.File("nuget"));
    }

    [Fact]
    public async Task A_size_that_is_none_is_refused()
    {
        using TempFolder folder = new();
        Tool run = await Tool.RunAsync("pack", folder.Write("a.gguf", [1]), "--name", "a", "--version", "1.0.0", "-o", folder.File("layout"), "--split-max-size", "much");
        Assert.Equal(ExitCode.Usage, run.Code);
        Assert.Contains("--split-max-size", run.Error, StringComparison.Ordinal);
    }

    private static async Task PackAsync(TempFolder folder, string model, string size, params string[] more)
    {
        await Tool.SucceedAsync(["pack", model, "--name", "tiny", "--version", "1.0.0", "-o", folder.File("layout"), "--split-max-size", size, .. more]);
        if (Directory.Exists(folder.File("out")))
        {
            Directory.Delete(folder.File("out"), recursive: true);
        }

        await Tool.SucceedAsync("pull", folder.File("layout") + ":1.0.0", "-o", folder.File("out"));
        await Tool.SucceedAsync("verify", folder.File("out"));
    }

    private static string[] Ggufs(TempFolder folder) =>
        [.. Directory.GetFiles(folder.File("out"), "*.gguf", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
}
