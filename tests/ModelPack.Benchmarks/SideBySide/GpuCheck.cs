using System.Diagnostics;
using System.Globalization;
using ModelPack.Models.Checkpoints;
using ModelPack.Models.Conversion;
using ModelPack.Runtime;
using ModelPack.Tests.Support;

namespace ModelPack.Benchmarks.SideBySide;

/// <summary>The same windows through the same graphs on the CPU and on a GPU, and the same weights through the solver, side by side.</summary>
/// <remarks>
/// [--device cuda] [--windows 8] [--length 512] [--large] [--model FOLDER]. Needs neither the repository nor a network: models are made up.
/// Exit 1 when fewer than 95 % of the positions agree within 1e-3, relative: a router may flip where two experts are nearly equal; or when
/// solved weights differ more than <see cref="SolverCheck"/> allows. --large also times the solver on layers of experts.
/// </remarks>
internal static class GpuCheck
{
    private const double Tolerance = 1e-3;
    private const double Share = 0.95;

    /// <summary>A layer of Qwen3-30B-A3B with 262144 tokens; a sixteenth of one of DeepSeek-V3, each expert with as many rows as it would have.</summary>
    private static readonly string[][] Layers =
    [
        ["--experts", "128", "--used", "8", "--tokens", "262144", "--hidden", "2048", "--inner", "768", "--grid", "int4", "--batch", "128"],
        ["--experts", "16", "--used", "8", "--tokens", "16384", "--hidden", "7168", "--inner", "2048", "--grid", "int4", "--batch", "16"],
    ];

    public static int Run(string[] args)
    {
        Options options = new(args, "--device", "--windows", "--length", "--large", "--model");
        string device = options.Text("--device") ?? "cuda";
        (int count, int length) = (options.Number("--windows", 8), options.Number("--length", 512));
        string work = Directory.CreateTempSubdirectory("modelpack-").FullName;
        try
        {
            Console.WriteLine($"{count} windows of {length} tokens, all logits");
            Console.WriteLine($"{"model",-34} {"cpu tok/s",10} {device + " tok/s",12} {"times",6} {"median error",13} {"within 1e-3",12}");
            bool good = true;
            foreach ((string name, string folder) in Models(options, work))
            {
                good &= Compare(name, folder, device, count, length);
            }

            good &= SolverCheck.Run(device);
            foreach (string[] layer in options.Has("--large") && options.Text("--model") is null ? Layers : [])
            {
                Console.WriteLine();
                good &= GptqLayer.Run([.. layer, "--engine", "ort", "--device", device]) == 0;
            }

            Console.WriteLine(good ? "equal" : "NOT EQUAL");
            return good ? 0 : 1;
        }
        catch (RuntimeException fault)
        {
            Console.Error.WriteLine(fault.Message);
            return 1;
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    private static IEnumerable<(string Name, string Folder)> Models(Options options, string work)
    {
        if (options.Text("--model") is { } folder)
        {
            yield return (Path.GetFileName(Path.GetFullPath(folder)), folder);
            yield break;
        }

        List<(string Name, RandomModel Model)> models =
        [
            ("dense, 512 wide", new(4, 512, 8, 2, 64, 1536, 0, 4096)),
            ("16 experts, 512 wide", new(4, 512, 8, 2, 64, 512, 16, 4096)),
        ];
        if (options.Has("--large"))
        {
            models.Add(("dense, 2048 wide", RandomModel.OfSize(600_000_000, experts: false)));
            models.Add(("128 experts, 2048 wide", new(2, 2048, 32, 4, 128, 768, 128, 8192)));
        }

        foreach ((string name, RandomModel model) in models)
        {
            string made = Path.Combine(work, name.Replace(' ', '-').Replace(",", "", StringComparison.Ordinal));
            RandomCheckpoint.Write(made, model);
            yield return (name, made);
            Directory.Delete(made, recursive: true);
        }
    }

    private static bool Compare(string name, string folder, string device, int count, int length)
    {
        using Checkpoint checkpoint = Checkpoint.Open(folder);
        ModelWeights weights = ModelWeights.Of(checkpoint);
        Random random = new(1);
        int[][] windows = [.. Enumerable.Range(0, count).Select(_ => Enumerable.Range(0, length).Select(_ => random.Next(weights.Spec.VocabularySize)).ToArray())];
        (float[][] expected, double slow) = Measure(weights, windows, "cpu");
        (float[][] actual, double fast) = Measure(weights, windows, device);
        double[] errors = [.. expected.Zip(actual).SelectMany(pair => Errors(pair.First, pair.Second, weights.Spec.VocabularySize)).Order()];
        double inside = errors.Count(static e => e <= Tolerance) / (double)errors.Length;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{name,-34} {slow,10:F0} {fast,12:F0} {fast / slow,5:F1}x {errors[errors.Length / 2],13:E1} {inside,12:P1}"));
        return inside >= Share;
    }

    private static (float[][] Logits, double Rate) Measure(ModelWeights weights, int[][] windows, string device)
    {
        using LayerPass pass = LayerPass.Open(weights, new() { Device = device });
        float[][] logits = [.. windows.Select(w => new float[w.Length * weights.Spec.VocabularySize])];
        void Keep(int window, int first, ReadOnlySpan<float> rows) => rows.CopyTo(logits[window].AsSpan(first * weights.Spec.VocabularySize));

        // The first run loads libraries and kernels.
        pass.Run([windows[0]], null, Keep, null, default);
        long start = Stopwatch.GetTimestamp();
        pass.Run(windows, null, Keep, null, default);
        return (logits, windows.Sum(static w => w.Length) / Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    private static IEnumerable<double> Errors(float[] expected, float[] actual, int columns)
    {
        for (int row = 0; row < expected.Length; row += columns)
        {
            (double difference, double norm) = (0, 1e-30);
            for (int i = row; i < row + columns; i++)
            {
                difference += Math.Pow(expected[i] - (double)actual[i], 2);
                norm += (double)expected[i] * expected[i];
            }

            double error = Math.Sqrt(difference / norm);
            yield return double.IsNaN(error) ? double.PositiveInfinity : error;
        }
    }
}
