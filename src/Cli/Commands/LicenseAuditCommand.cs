using System.CommandLine;
using ModelPack.Cli.Licenses;
using ModelPack.Cli.Licenses.Evidence;
using ModelPack.Cli.Packages;
using ModelPack.Cli.Terminal;
using ModelPack.Licensing.Audit;
using ModelPack.Licensing.Catalog;
using ModelPack.Licensing.Identity;
using ModelPack.Licensing.Locks;
using ModelPack.Licensing.Policy;
using ModelPack.Packaging.Registries;

namespace ModelPack.Cli.Commands;

/// <summary>"modelpack license audit": what a model's licenses are, and whether its lineage allows the use.</summary>
internal static class LicenseAuditCommand
{
    public static Command Create()
    {
        Argument<string> model = new("MODEL|REF") { Description = "A checkpoint, ONNX or other folder, a .gguf or .onnx file, or oci://HOST/REPOSITORY:TAG." };
        AuditQuestion question = new(UseKind.Internal);
        Option<string?> format = new("--format") { Description = "Format of the report. Default: text.", HelpName = string.Join('|', CatalogWords.Of<AuditFormat>()) };
        Option<string?> output = new("--output", "-o") { Description = "The file to write. Default: stdout.", HelpName = "FILE" };
        Option<string?> failOn = new("--fail-on") { Description = "The mildest verdict that ends with exit code 3. Default: review, or as the policy says.", HelpName = "denied|review|obligations" };
        Option<string?> pinned = new("--lock") { Description = $"Compare with what an earlier audit found ({LicenseLock.FileName}); what differs is review.", HelpName = "FILE" };
        Option<bool> update = new("--update-lock") { Description = "Write the lock file instead of comparing with it." };
        Option<string?> variant = new("--variant") { Description = "Label of the variant, where a package of a registry has several.", HelpName = "LABEL" };
        RegistryArguments registry = new();
        Command command = new("audit", "Say what a model's licenses are, and whether its lineage allows a use.") { model };
        question.AddTo(command);
        foreach (Option option in (Option[])[failOn, pinned, update, format, output, variant])
        {
            command.Add(option);
        }

        registry.AddTo(command, writes: false);
        command.SetAction(async (parsed, cancel) =>
        {
            LoadAhead();
            CommandTerminal terminal = CommandTerminal.From(parsed);
            (AuditOptions options, LicensePolicy policy) = question.Read(parsed);
            string path = ModelArguments.RequirePath(parsed.GetValue(model)!, "MODEL");
            string? file = parsed.GetValue(output) is { } named ? ModelArguments.RequirePath(named, "--output") : null;
            AuditFormat chosen = ReadFormat(parsed.GetValue(format), parsed.GetValue(registry.Json));
            Verdict limit = parsed.GetValue(failOn) is { } level
                ? LicenseFaults.AsUsage(() => LicensePolicy.ParseFailOn(level), "--fail-on")
                : policy.FailOn;
            string? lockFile = ReadLock(parsed.GetValue(pinned), parsed.GetValue(update));
            LicenseLock? old = lockFile is null || parsed.GetValue(update) ? null : LicenseFaults.AsInput(() => LicenseLock.Read(lockFile));
            AuditSubject subject = RegistryReference.IsOne(path)
                ? await PackageSubject.ReadAsync(path, parsed.GetValue(variant), registry.Read(parsed), terminal.Warn, cancel)
                : SubjectReader.Read(path, terminal.Warn, cancel);
            AuditReport report = AuditQuestion.Run(subject, options, policy, old);
            AuditOutput.Write(report, chosen, path, file, terminal.Output);
            if (lockFile is not null && parsed.GetValue(update))
            {
                LockAudit.Of(report).Write(lockFile);
            }

            return report.Verdict >= limit ? ExitCode.PolicyViolation : ExitCode.Success;
        });
        return command;
    }

    private static string? ReadLock(string? file, bool update) =>
        file is not null ? ModelArguments.RequirePath(file, "--lock")
        : update ? LicenseLock.FileName
        : null;

    // The index of texts and the catalogue take longer than all the rest: both at once, while the command line is read.
    private static void LoadAhead()
    {
        _ = Task.Run(static () => LicenseDetector.Default);
        _ = Task.Run(static () => LicenseCatalog.Default);
    }

    // --json is what every command with a result takes; it must not contradict --format.
    private static AuditFormat ReadFormat(string? format, bool json)
    {
        AuditFormat? named = format is null ? null : LicenseFaults.AsUsage(() => CatalogWords.Parse<AuditFormat>(format), "--format");
        return json && named is not (null or AuditFormat.Json)
            ? throw new UsageException($"--format {format}: --json asks for another format")
            : named ?? (json ? AuditFormat.Json : AuditFormat.Text);
    }
}
