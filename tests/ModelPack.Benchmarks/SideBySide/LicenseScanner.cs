using System.ComponentModel;
using System.Text.Json;

namespace ModelPack.Benchmarks.SideBySide;

/// <summary>A program that says which licenses files are.</summary>
/// <param name="Name">Its name in the table.</param>
/// <param name="Program">The executable.</param>
/// <param name="Arguments">Before the paths.</param>
/// <param name="Read">Ids by path, from what it prints.</param>
internal sealed record LicenseScanner(
    string Name, string Program, IReadOnlyList<string> Arguments, Func<string, Dictionary<string, string[]>> Read)
{
    private const string Ruby =
        "ARGV.each { |p| m = Licensee::ProjectFiles::LicenseFile.new(File.read(p, encoding: 'UTF-8').scrub, 'LICENSE').match; puts \"#{p}\\t#{m ? m.spdx_id : ''}\" }";

    /// <summary>Debian's licensecheck: the whole of each file.</summary>
    public static LicenseScanner LicenseCheck { get; } =
        new("licensecheck", "licensecheck", ["-c", ".*", "-l", "0", "--shortname-scheme=spdx", "-m"], ReadLines);

    /// <summary>licensee, as a library, so that its matcher reads many files in one process.</summary>
    public static LicenseScanner Licensee { get; } = new("licensee", "ruby", ["-rlicensee", "-e", Ruby], ReadLines);

    public static LicenseScanner Ours(string program) => new("modelpack", program, ["license", "detect", "--json"], ReadJson);

    /// <summary>Runs it once over all files; null when it is not installed.</summary>
    public (Measurement Measurement, Dictionary<string, string[]> Answers)? Run(IEnumerable<string> paths)
    {
        try
        {
            (Measurement measurement, string output) = MeasuredProcess.Read(Program, Arguments.Concat(paths));
            return (measurement, Read(output));
        }
        catch (Exception fault) when (fault is Win32Exception or InvalidOperationException)
        {
            Console.Error.WriteLine($"{Name}: not measured: {fault.Message.Split('\n')[0]}");
            return null;
        }
    }

    private static Dictionary<string, string[]> ReadLines(string output) => output
        .Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Select(static line => line.Split('\t'))
        .ToDictionary(
            static fields => fields[0],
            static fields => fields[1].Split([" and/or ", " AND ", " and ", " OR ", " or "], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));

    private static Dictionary<string, string[]> ReadJson(string output)
    {
        using JsonDocument document = JsonDocument.Parse(output);
        return document.RootElement.GetProperty("files").EnumerateArray()
            .GroupBy(static file => file.GetProperty("path").GetString()!)
            .ToDictionary(
                static file => file.Key,
                static file => (string[])[.. file.Where(static found => found.GetProperty("state").GetString() is "exact" or "variant").Select(static found => found.GetProperty("id").GetString()!)]);
    }
}
