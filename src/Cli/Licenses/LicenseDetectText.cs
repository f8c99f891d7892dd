using System.Globalization;
using ModelPack.Cli.Documents;
using ModelPack.Cli.Terminal;

namespace ModelPack.Cli.Licenses;

/// <summary>Prints detected licenses for people: a line for each, and under it why it is not exact.</summary>
internal static class LicenseDetectText
{
    public static void Write(TextWriter output, IReadOnlyList<LicenseFileDocument> files)
    {
        if (files.Count == 0)
        {
            output.WriteLine("no license files found");
            return;
        }

        foreach (LicenseFileDocument file in files)
        {
            string similarity = (100 * file.Similarity).ToString("F1", CultureInfo.InvariantCulture);
            output.WriteLine(CommandTerminal.Printable($"{file.Path}:{file.FirstLine}-{file.LastLine}  {file.Id}  {file.State}  {similarity} %"));
            foreach (string reason in file.State == "exact" ? [] : file.Evidence)
            {
                output.WriteLine(CommandTerminal.Printable($"    {reason}"));
            }
        }
    }
}
