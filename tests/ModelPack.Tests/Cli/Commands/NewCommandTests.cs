using ModelPack.Cli;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Cli.Commands;

public sealed class NewCommandTests
{
    public static TheoryData<string> Names { get; } = [.. ProjectTemplate.All.Select(static template => template.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_template_goes_to_stdout_or_into_a_file(string name)
    {
        using TempFolder folder = new();
        string content = await File.ReadAllTextAsync(RepositoryFolder.Join("templates", $"{name}.yml"), TestContext.Current.CancellationToken);
        Tool printed = await Tool.SucceedAsync("new", name);
        Assert.Equal((content, ""), (printed.Output, printed.Error));

        Tool written = await Tool.SucceedAsync("new", name, "-o", folder.File("x.yml"));
        Assert.Equal(("", ""), (written.Output, written.Error));
        Assert.Equal(content, await File.ReadAllTextAsync(folder.File("x.yml"), TestContext.Current.CancellationToken));
        Assert.Single(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void Every_template_of_the_folder_can_be_written() =>
        Assert.Equal(
            Directory.GetFiles(RepositoryFolder.Join("templates")).Select(Path.GetFileName).Order(StringComparer.Ordinal),
            ProjectTemplate.All.Select(static template => $"{template.Name}.yml").Order(StringComparer.Ordinal));

    [Fact]
    public async Task A_file_that_exists_stays_unless_it_may_be_replaced()
    {
        using TempFolder folder = new();
        string path = folder.Write("x.yml", "mine"u8);
        Tool refused = await Tool.RunAsync("new", "policy", "-o", path);
        Assert.Equal((ExitCode.Failure, $"modelpack: error: {path}: exists; expected a new name, or --overwrite\n"), (refused.Code, refused.Error.ReplaceLineEndings("\n")));
        Assert.Equal("mine", await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken));
        await Tool.SucceedAsync("new", "policy", "-o", path, "--overwrite");
        Assert.StartsWith("# License policy", await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_folder_is_made()
    {
        using TempFolder folder = new();
        Tool run = await Tool.RunAsync("new", "policy", "-o", folder.File("none/x.yml"));
        Assert.Equal(ExitCode.Failure, run.Code);
        Assert.Contains("none/x.yml: cannot write", run.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Theory]
    [InlineData]
    [InlineData("slurm")]
    [InlineData("Policy")]
    [InlineData("policy", "github")]
    [InlineData("policy", "-o", "--overwrite")]
    [InlineData("policy", "-o", "")]
    public async Task What_there_is_not_is_a_usage_error(params string[] args)
    {
        Tool run = await Tool.RunAsync(["new", .. args]);
        Assert.Equal((ExitCode.Usage, ""), (run.Code, run.Output));
        Assert.NotEqual("", run.Error);
    }
}
