using System.Diagnostics;
using System.Globalization;
using ModelPack.Tests.Support;

namespace ModelPack.Benchmarks.SideBySide;

/// <summary>Tokens a second of exported folders in ONNX Runtime GenAI: a wrong attribute, such as the accuracy level, shows here.</summary>
/// <remarks>[--model samples/tiny-qwen3moe] [--tokens 256] [--runs 3] [--cli PATH]</remarks>
internal static class OnnxGeneration
{
    private static readonly (string Name, string[] Options)[] Variants =
    [
        ("f32", ["-t", "f32"]),
        ("int8", ["-t", "int8"]),
        ("int8, accuracy level 0", ["-t", "int8", "--accuracy-level", "0"]),
        ("int4", ["-t", "int4"]),
        ("int4, experts int8", ["-t", "int4", "--rule", "layers.*.experts.*=int8"]),
    ];

    public static int Run(string[] args)
    {
        Options options = new(args, "--model", "--tokens", "--runs", "--cli");
        string model = Path.GetFullPath(options.Text("--model") ?? RepositoryFolder.Join("samples", "tiny-qwen3moe"));
        ModelPackProgram program = ModelPackProgram.Find(options.Text("--cli"));
        string work = Directory.CreateTempSubdirectory("modelpack-").FullName;
        try
        {
            Console.WriteLine($"{Path.GetFileName(model)}, {options.Number("--tokens", 256)} tokens after a prompt of 64, medians of {options.Number("--runs", 3)}");
            Console.WriteLine($"{"type",-24} {"prompt tok/s",12} {"tok/s",8} {"of f32",7}");
            double? first = null;
            foreach ((string name, string[] more) in Variants)
            {
                string folder = Path.Combine(work, name.Replace(' ', '-').Replace(",", "", StringComparison.Ordinal));
                MeasuredProcess.Run(program.Path, ["quantize", model, "--to", "onnx", "-o", folder, "--json", .. more]);
                (double prompt, double rate) = Measure(folder, (int)options.Number("--tokens", 256), (int)options.Number("--runs", 3));
                first ??= rate;
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-24} {prompt,12:F0} {rate,8:F0} {rate / first,6:F2}x"));
            }
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }

        return 0;
    }

    private static (double Prompt, double Rate) Measure(string folder, int tokens, int runs)
    {
        using GenAi model = GenAi.Load(folder);
        int[] prompt = [.. Enumerable.Range(300, 64)];
        model.Generate(prompt, 8);
        List<(double Prompt, double Rate)> measured = [];
        for (int i = 0; i < runs; i++)
        {
            double one = Seconds(() => model.Generate(prompt, 1));
            int made = 0;
            double all = Seconds(() => made = model.Generate(prompt, tokens).Length);
            measured.Add((prompt.Length / one, (made - 1) / (all - one)));
        }

        return (Median(measured.Select(static m => m.Prompt)), Median(measured.Select(static m => m.Rate)));
    }

    private static double Seconds(Action work)
    {
        long start = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }
}
