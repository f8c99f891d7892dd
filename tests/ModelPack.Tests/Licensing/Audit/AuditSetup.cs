using System.Security.Cryptography;
using System.Text;
using ModelPack.Licensing.Audit;
using ModelPack.Licensing.Catalog;
using ModelPack.Licensing.Guards;
using ModelPack.Licensing.Identity;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Licensing.Audit;

/// <summary>Models as an audit meets them, in a few words.</summary>
internal static class AuditSetup
{
    /// <summary>A checkpoint with a license tag on its card, texts of SPDX licenses by file name, and parents.</summary>
    public static AuditSubject Model(string? declared = null, (string File, string Text)[]? texts = null, params AuditParent[] parents) => new()
    {
        Name = "acme/model",
        Kind = "checkpoint",
        Declarations = declared is null ? [] : [new("README.md", declared)],
        Files = [.. (texts ?? []).Select(static t => Observed(t.File, t.Text))],
        Parents = parents,
    };

    public static ObservedFile Observed(string path, string text) =>
        new(path, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))), LicenseDetector.Default.Detect(text, path));

    public static AuditParent Parent(string name, Relation relation, string? license = null, params AuditParent[] parents) =>
        new(name, relation, "README.md base_model", license, parents);

    public static AuditReport Run(
        AuditSubject subject, UseKind use = UseKind.Redistribute, string facts = "", string? outbound = null, string? name = null, params LineageAddition[] additions) =>
        LicenseAudit.Run(
            subject,
            new()
            {
                Use = use,
                Facts = Facts.Parse(facts.Split(' ', StringSplitOptions.RemoveEmptyEntries)),
                Outbound = outbound,
                Name = name,
                Additions = additions,
            },
            LicenseCatalog.Default);

    public static (string File, string Text) Text(string file, string id) => (file, SpdxTexts.Text(id));

    public static IEnumerable<string> Codes(this AuditReport report) => report.Findings.Select(static f => f.Finding.Code);
}
