using System.Diagnostics;
using System.Globalization;
using ModelPack.Licensing.Identity;
using ModelPack.Tests.Support;

namespace ModelPack.Benchmarks.SideBySide;

/// <summary>
/// Which license a text is: this tool, Debian's licensecheck and licensee on the same files. SPDX's texts as they are published are
/// this tool's own references; the changed ones and those that were written for models tell more.
/// </summary>
internal static class LicenseComparison
{
    private const int ColdRuns = 11;

    public static int Run(string[] args)
    {
        Options options = new(args, "--cli", "--step", "--models", "--folder");
        ModelPackProgram program = ModelPackProgram.Find(options.Text("--cli"));
        string? models = Existing(options.Text("--models"), "data/licences");
        if (models is null)
        {
            Console.WriteLine("texts written for models: not here; give their folder with --models");
        }

        string folder = Directory.CreateTempSubdirectory("modelpack-licenses-").FullName;
        try
        {
            List<LicenseSample> samples = LicenseSample.Write(folder, options.Number("--step", 6), models);
            Compare(samples, program);
            MeasureWarm(samples);
            MeasureCold(program, Existing(options.Text("--folder"), "fixtures/kimik2") ?? RepositoryFolder.Join("samples", "tiny-qwen3moe"));
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Compare(List<LicenseSample> samples, ModelPackProgram program)
    {
        Console.WriteLine($"{"texts",-16} {"program",-13} {"files",5} {"right",7} {"missed",7} {"wrong",7} {"false SPDX",11} {"wall ms/file",13} {"CPU ms/file",12} {"peak MiB",9}");
        foreach (IGrouping<string, LicenseSample> set in samples.GroupBy(static sample => sample.Set))
        {
            foreach (LicenseScanner scanner in (LicenseScanner[])[LicenseScanner.Ours(program.Path), LicenseScanner.LicenseCheck, LicenseScanner.Licensee])
            {
                if (scanner.Run(set.Select(static sample => sample.Path)) is ({ } measurement, { } answers))
                {
                    Write(set.Key, scanner.Name, [.. set], answers, measurement);
                }
            }
        }
    }

    // "false SPDX": an id of the list for a text that is not on it. A custom text that gets none is counted nowhere.
    private static void Write(string set, string name, LicenseSample[] samples, Dictionary<string, string[]> answers, Measurement measurement)
    {
        LicenseSample[] listed = [.. samples.Where(static sample => !sample.IsCustom)];
        LicenseSample[] custom = [.. samples.Where(static sample => sample.IsCustom)];
        int right = listed.Count(sample => sample.IsRight(Answer(sample)));
        int wrong = listed.Count(sample => sample.IsWrong(Answer(sample)));
        string invented = custom.Length == 0 ? "-" : $"{custom.Count(sample => sample.IsWrong(Answer(sample)))} of {custom.Length}";
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{set,-16} {name,-13} {samples.Length,5} {Share(right),7} {Share(listed.Length - right - wrong),7} {Share(wrong),7} {invented,11} {measurement.Wall * 1000 / samples.Length,13:f1} {measurement.Processor * 1000 / samples.Length,12:f1} {measurement.PeakBytes / 1048576.0,9:f0}"));

        string[] Answer(LicenseSample sample) => answers.GetValueOrDefault(sample.Path) ?? [];

        string Share(int count) => string.Create(CultureInfo.InvariantCulture, $"{100.0 * count / listed.Length:f1} %");
    }

    private static void MeasureWarm(List<LicenseSample> samples)
    {
        byte[][] files = [.. samples.Select(static sample => File.ReadAllBytes(sample.Path))];
        List<double> milliseconds = [];
        foreach (bool counts in (bool[])[false, true])
        {
            foreach (byte[] file in files)
            {
                long start = Stopwatch.GetTimestamp();
                LicenseDetector.Default.Detect(file, "LICENSE");
                if (counts)
                {
                    milliseconds.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                }
            }
        }

        milliseconds.Sort();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"modelpack in one warm process, {milliseconds.Count} files: mean {milliseconds.Average():f2}, median {milliseconds[milliseconds.Count / 2]:f2}, 95 % {milliseconds[milliseconds.Count * 95 / 100]:f2}, most {milliseconds[^1]:f2} ms a file"));
    }

    private static void MeasureCold(ModelPackProgram program, string folder)
    {
        foreach (string command in (string[])["detect", "audit"])
        {
            string[] arguments = ["license", command, folder, .. command == "audit" ? ["--fail-on", "denied"] : Array.Empty<string>()];
            MeasuredProcess.Run(program.Path, arguments);
            Measurement median = Measurement.Median([.. Enumerable.Range(0, ColdRuns).Select(_ => MeasuredProcess.Run(program.Path, arguments))]);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"modelpack license {command} {Path.GetFileName(folder)}, cold: {median.Wall:f2} s, {median.Processor:f2} s of CPU, {median.PeakBytes / 1048576.0:f0} MiB (median of {ColdRuns})"));
        }
    }

    private static string? Existing(string? given, string shared)
    {
        string path = given ?? Path.Combine(Environment.GetEnvironmentVariable("MODELPACK_SHARED") ?? RepositoryFolder.Join("..", "shared"), shared);
        return Directory.Exists(path) ? Path.GetFullPath(path) : null;
    }
}
