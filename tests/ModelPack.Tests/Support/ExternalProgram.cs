using System.Diagnostics;

namespace ModelPack.Tests.Support;

/// <summary>Programs that tests compare with; a test is skipped, with the reason, where one is not installed.</summary>
internal static class ExternalProgram
{
    /// <summary>Path of a program; null where it is not installed.</summary>
    public static string? Find(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    /// <summary>Path of a program.</summary>
    public static string Require(string name)
    {
        string? path = Find(name);
        Assert.SkipUnless(path is not null, $"{name} is not installed: apt-get install docker-registry skopeo umoci");
        return path!;
    }

    /// <summary>Runs a program to its end and expects exit code 0.</summary>
    /// <returns>stdout.</returns>
    public static async Task<string> RunAsync(string name, params string[] args)
    {
        (int code, string output, string error) = await StartAsync(Require(name), args);
        Assert.True(code == 0, $"{name} {string.Join(' ', args)}: exit {code}\n{error}");
        return output;
    }

    /// <summary>Runs a script of tests/peers in Node to its end.</summary>
    public static Task<(int Code, string Output, string Error)> NodeAsync(string script, params string[] args) =>
        StartAsync("node", [RepositoryFolder.Join("tests", "peers", script), .. args]);

    /// <summary>Runs a program to its end, whatever it says; two minutes at most.</summary>
    public static async Task<(int Code, string Output, string Error)> StartAsync(string path, params string[] args)
    {
        ProcessStartInfo start = new(path, args) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        CancellationToken cancel = TestContext.Current.CancellationToken;
        Task<string> error = process.StandardError.ReadToEndAsync(cancel);
        string output = await process.StandardOutput.ReadToEndAsync(cancel);
        await process.WaitForExitAsync(cancel).WaitAsync(TimeSpan.FromMinutes(2), cancel);
        return (process.ExitCode, output, await error);
    }
}
