using System.Diagnostics;

namespace ModelPack.Tests.Support;

/// <summary>Programs that tests compare with; a test is skipped, with the reason, where one is not installed.</summary>
internal static class ExternalProgram
{
    /// <summary>Path of a program.</summary>
    public static string Require(string name)
    {
        string? path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
        Assert.SkipUnless(path is not null, $"{name} is not installed: apt-get install docker-registry skopeo umoci");
        return path!;
    }

    /// <summary>Runs a program to its end and expects exit code 0.</summary>
    /// <returns>stdout.</returns>
    public static async Task<string> RunAsync(string name, params string[] args)
    {
        ProcessStartInfo start = new(Require(name), args) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, $"{name} {string.Join(' ', args)}: exit {process.ExitCode}\n{await error}");
        return output;
    }
}
