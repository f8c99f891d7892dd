using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using ModelPack.Models;

namespace ModelPack.Packaging.Registries;

/// <summary>Asks a docker credential helper: a program "docker-credential-NAME" that takes the host on stdin and answers with JSON.</summary>
internal static class CredentialHelper
{
    private const int MaxAnswer = 1 << 20;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <returns>Null when the helper knows nobody for this host.</returns>
    /// <exception cref="ModelPackException">There is no such helper, or it does not answer.</exception>
    public static async Task<Credential?> GetAsync(string name, string server, CancellationToken cancel)
    {
        if (!name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-'))
        {
            throw new ModelPackException($"credential helper '{name}': expected letters, digits, '.', '_' and '-'");
        }

        string program = $"docker-credential-{name}";
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(Patience);
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, ["get"])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            try
            {
                Task<string> errors = process.StandardError.ReadToEndAsync(limit.Token);
                await process.StandardInput.WriteAsync(server.AsMemory(), limit.Token);
                process.StandardInput.Close();
                string answer = await process.StandardOutput.ReadToEndAsync(limit.Token);
                await process.WaitForExitAsync(limit.Token);
                await errors;
                return process.ExitCode == 0 ? Read(answer, program) : null;
            }
            finally
            {
                if (!process.HasExited)
                {
                    process.Kill();
                }
            }
        }
        catch (Win32Exception fault)
        {
            throw new ModelPackException($"{program}: cannot be run: {fault.Message}; the docker config asks for it", fault);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new ModelPackException($"{program}: no answer for {Patience.TotalSeconds} s");
        }
    }

    private static Credential? Read(string answer, string program)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(answer.Length <= MaxAnswer ? answer : "");
            string? user = document.RootElement.GetProperty("Username").GetString();
            string? secret = document.RootElement.GetProperty("Secret").GetString();
            return string.IsNullOrEmpty(user) || string.IsNullOrEmpty(secret) ? null : new(user, secret);
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            // Never quote the answer: it holds the secret.
            throw new ModelPackException($"{program}: no answer as expected: {{\"Username\": …, \"Secret\": …}}");
        }
    }
}
