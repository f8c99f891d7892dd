using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using ModelPack.Cli;

namespace ModelPack.Tests.Support;

/// <summary>The tool in a process of its own, which can be killed.</summary>
internal sealed class ToolProcess : IDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _error = new();

    private ToolProcess(Process process) => _process = process;

    /// <summary>stderr so far.</summary>
    public string Error
    {
        get
        {
            lock (_error)
            {
                return _error.ToString();
            }
        }
    }

    /// <summary>Whether it has come to its end.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>Starts "modelpack ARGS".</summary>
    public static ToolProcess Start(params string[] args)
    {
        ProcessStartInfo start = new("dotnet", ["exec", typeof(Program).Assembly.Location, .. args])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        ToolProcess tool = new(Process.Start(start)!);
        tool._process.ErrorDataReceived += (_, line) =>
        {
            lock (tool._error)
            {
                tool._error.AppendLine(line.Data);
            }
        };
        tool._process.OutputDataReceived += static (_, _) => { };
        tool._process.BeginErrorReadLine();
        tool._process.BeginOutputReadLine();
        return tool;
    }

    /// <summary>Stops it at once, as a power cut would; its files are free when this returns.</summary>
    public void Kill()
    {
        _process.Kill();
        Assert.True(_process.WaitForExit(TimeSpan.FromSeconds(60)), "a killed process is still there");
    }

    /// <summary>Asks it to stop, as Ctrl+C does.</summary>
    public void Interrupt() => Assert.Equal(0, SendSignal(_process.Id, 2));

    /// <summary>Makes it stand still.</summary>
    public void Pause() => Assert.Equal(0, SendSignal(_process.Id, 19));

    /// <summary>Lets it go on after <see cref="Pause"/>.</summary>
    public void GoOn() => Assert.Equal(0, SendSignal(_process.Id, 18));

    /// <summary>Waits for its end.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> WaitAsync()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(120));
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int SendSignal(int process, int signal);
}
