using System.Diagnostics;

namespace ModelPack.Tests.Support;

/// <summary>A folder in which the real dotnet works with one feed and with package folders of its own.</summary>
internal sealed class DotnetFolder : IDisposable
{
    private readonly TempFolder _folder = new();

    /// <param name="source">Address of the feed, or a folder.</param>
    public DotnetFolder(string source)
    {
        _folder.Write("nuget.config", TestPackage.Text($"""
            <configuration>
              <packageSources><clear /><add key="test" value="{source}" allowInsecureConnections="true" /></packageSources>
              <fallbackPackageFolders><clear /></fallbackPackageFolders>
            </configuration>
            """));
        _folder.Write("Directory.Build.props", "<Project />"u8);
        _folder.Write("Directory.Build.targets", "<Project />"u8);
    }

    /// <summary>Where packages are unpacked.</summary>
    public string Packages => _folder.File("packages");

    /// <summary>Path of something in it.</summary>
    public string File(string name) => _folder.File(name);

    /// <summary>Writes a project.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="properties">As XML.</param>
    /// <param name="items">As XML.</param>
    /// <param name="code">Of its one file.</param>
    public void Project(string name, string properties, string items, string code)
    {
        Directory.CreateDirectory(_folder.File(name));
        _folder.Write($"{name}/{name}.csproj", TestPackage.Text($"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup><TargetFramework>net10.0</TargetFramework>{properties}</PropertyGroup>
              <ItemGroup>{items}</ItemGroup>
            </Project>
            """));
        _folder.Write($"{name}/{name}.cs", TestPackage.Text(code));
    }

    /// <summary>Runs "dotnet ARGS" in it; ten minutes at most, as others may use the machine too.</summary>
    /// <returns>Exit code and what it said.</returns>
    public async Task<(int Code, string Output)> RunAsync(params string[] args)
    {
        ProcessStartInfo start = new("dotnet", args) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = _folder.Path };
        foreach (string inherited in start.Environment.Keys.Where(static k => k.StartsWith("MSBuild", StringComparison.OrdinalIgnoreCase)).ToArray())
        {
            start.Environment.Remove(inherited);
        }

        start.Environment["NUGET_PACKAGES"] = Packages;
        start.Environment["NUGET_HTTP_CACHE_PATH"] = _folder.File("http-cache");
        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";
        start.Environment["DOTNET_NOLOGO"] = "1";
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["DOTNET_TieredPGO"] = "0";
        start.Environment["NuGetAudit"] = "false";
        start.Environment["UseAppHost"] = "false";
        start.Environment["UseSharedCompilation"] = "false";
        CancellationToken cancel = TestContext.Current.CancellationToken;
        using Process process = Process.Start(start)!;
        try
        {
            Task<string> error = process.StandardError.ReadToEndAsync(cancel);
            string output = await process.StandardOutput.ReadToEndAsync(cancel);
            await process.WaitForExitAsync(cancel).WaitAsync(TimeSpan.FromMinutes(10), cancel);
            return (process.ExitCode, output + await error);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    /// <summary>Runs it and expects exit code 0.</summary>
    public async Task<string> SucceedAsync(params string[] args)
    {
        (int code, string output) = await RunAsync(args);
        Assert.True(code == 0, $"dotnet {string.Join(' ', args)}: exit {code}\n{output}");
        return output;
    }

    public void Dispose() => _folder.Dispose();
}
