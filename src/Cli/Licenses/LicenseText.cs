using ModelPack.Cli.Terminal;
using ModelPack.Licensing.Catalog;
using ModelPack.Licensing.Compatibility;

namespace ModelPack.Cli.Licenses;

/// <summary>Answers and catalogue entries for people.</summary>
internal static class LicenseText
{
    public static void Write(TextWriter output, Answer answer)
    {
        output.WriteLine(CatalogWords.Spelling(answer.Verdict));
        foreach (Finding finding in answer.Findings)
        {
            string clause = finding.Clause is null ? "" : $", {finding.Clause}";
            output.WriteLine(CommandTerminal.Printable($"  {finding.Code} {CatalogWords.Spelling(finding.Verdict)}: {finding.License}{clause}: {finding.Text}"));
            WritePrint(output, finding.Print);
        }
    }

    public static void Write(TextWriter output, LicenseEntry entry)
    {
        output.WriteLine($"{entry.Id}: {entry.Name}");
        output.WriteLine($"  read from {entry.Source}");
        if (entry.Aliases.Count > 0)
        {
            output.WriteLine($"  also {string.Join(", ", entry.Aliases)}");
        }

        foreach (LicenseCondition condition in entry.Conditions)
        {
            output.WriteLine($"  {condition.Clause}: {CatalogWords.Spelling(condition.Effect)}{Scope(condition)}");
            output.WriteLine($"      {condition.Text}");
            WritePrint(output, condition.Print);
        }

        if (entry.Outbound is { } outbound)
        {
            output.WriteLine($"  {outbound.Clause}: {CatalogWords.Spelling(outbound.Otherwise)} unless passed on under {string.Join(" or ", outbound.Accepts)}");
            output.WriteLine($"      {outbound.Text}");
        }

        if (entry.Remark is not null)
        {
            output.WriteLine($"  {entry.Remark}");
        }
    }

    public static void Write(TextWriter output, LicenseCatalog catalog)
    {
        int width = catalog.All.Max(static entry => entry.Id.Length);
        foreach (LicenseEntry entry in catalog.All)
        {
            output.WriteLine($"{entry.Id.PadRight(width)}  {entry.Name}");
        }
    }

    private static string Scope(LicenseCondition condition)
    {
        string made = condition.From.Count > 0 ? $" after {Words(condition.From)}" : "";
        string acts = condition.Acts.Count > 0 ? $" to {Words(condition.Acts)}" : "";
        string when = condition.WhenText is null ? "" : $" when {condition.WhenText}";
        return made + acts + when;
    }

    private static string Words(IEnumerable<Relation> relations) =>
        string.Join(", ", relations.Select(CatalogWords.Spelling));

    private static void WritePrint(TextWriter output, string? statement)
    {
        if (statement is not null)
        {
            output.WriteLine($"      statement: \"{statement}\"");
        }
    }
}
