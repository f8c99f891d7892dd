using System.Diagnostics;
using System.Globalization;
using ModelPack.Models.Architectures;
using ModelPack.Models.Checkpoints;
using ModelPack.Models.Conversion;
using ModelPack.Quantize.Calibration;
using ModelPack.Runtime;
using ModelPack.Tests.Support;

namespace ModelPack.Benchmarks.SideBySide;

/// <summary>Tokens a second that go through a model layer by layer, beside llama.cpp decoding the same windows through the same model.</summary>
/// <remarks>[--model samples/tiny-qwen3moe] [--windows 16] [--length 512] [--threads 1] [--runs 3] [--cli PATH]; llama.cpp gives all logits.</remarks>
internal static class CalibrationComparison
{
    public static int Run(string[] args)
    {
        Options options = new(args, "--model", "--windows", "--length", "--threads", "--runs", "--cli");
        string model = Path.GetFullPath(options.Text("--model") ?? RepositoryFolder.Join("samples", "tiny-qwen3moe"));
        (int count, int length, int threads, int runs) = (
            (int)options.Number("--windows", 16), (int)options.Number("--length", 512), (int)options.Number("--threads", 1), (int)options.Number("--runs", 3));
        ModelPackProgram program = ModelPackProgram.Find(options.Text("--cli"));
        string work = Directory.CreateTempSubdirectory("modelpack-").FullName;
        try
        {
            using Checkpoint checkpoint = Checkpoint.Open(model);
            ModelWeights weights = ModelWeights.Of(checkpoint);
            int[][] windows = Windows(count, length, weights.Spec.VocabularySize);
            using LayerPass pass = LayerPass.Open(weights, new() { Device = "cpu", Threads = threads });
            List<LlamaModel> peers = [];
            List<(string Name, Action Work)> contenders =
            [
                ("layer by layer, all logits", () => pass.Run(windows, null, static (_, _, _) => { }, null, default)),
                ("layer by layer, all inputs shown", () => pass.Run(windows, new Looker(), null, null, default)),
            ];
            foreach (string type in (string[])["f32", "bf16"])
            {
                string file = Path.Combine(work, $"{type}.gguf");
                MeasuredProcess.Run(program.Path, ["convert", model, "-t", type, "-o", file, "--json"]);
                LlamaModel peer = LlamaCpp.Load(file);
                peer.Threads = threads;
                peers.Add(peer);
                contenders.Add(($"llama.cpp {LlamaCpp.Version}, {type}", () => Array.ForEach(windows, w => peer.Logits(w))));
            }

            Print(contenders, runs, (double)count * length, $"{Path.GetFileName(model)}, {count} windows of {length} tokens, {threads} threads, medians of {runs}");
            peers.ForEach(static p => p.Dispose());
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }

        return 0;
    }

    private static int[][] Windows(int count, int length, int vocabulary)
    {
        Random random = new(1);
        return [.. Enumerable.Range(0, count).Select(_ => Enumerable.Range(0, length).Select(_ => random.Next(vocabulary)).ToArray())];
    }

    // In turns, so that a busy machine slows all of them.
    private static void Print(List<(string Name, Action Work)> contenders, int runs, double tokens, string title)
    {
        List<double>[] rates = [.. contenders.Select(static _ => new List<double>())];
        for (int run = 0; run <= runs; run++)
        {
            for (int i = 0; i < contenders.Count; i++)
            {
                long start = Stopwatch.GetTimestamp();
                contenders[i].Work();
                if (run > 0)
                {
                    rates[i].Add(tokens / Stopwatch.GetElapsedTime(start).TotalSeconds);
                }
            }
        }

        double[] medians = [.. rates.Select(static r => r.Order().ElementAt(r.Count / 2))];
        Console.WriteLine(title);
        Console.WriteLine($"{"",-36} {"tok/s",8} {"of f32",7} {"of bf16",7}");
        for (int i = 0; i < contenders.Count; i++)
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{contenders[i].Name,-36} {medians[i],8:F0} {medians[i] / medians[^2],6:F2}x {medians[i] / medians[^1],6:F2}x"));
        }
    }

    private sealed class Looker : ILinearVisitor
    {
        public void Begin(int firstLayer)
        {
        }

        public bool Wants(LinearPlace place) => place != LinearPlace.Head;

        public int NearMisses(LinearInput input, int routed) => 0;

        public void Visit(LinearInput input, ReadOnlySpan<float> rows, ReadOnlySpan<float> gates, RowSample sample)
        {
        }

        public IReadOnlyDictionary<TensorRole, ReadOnlyMemory<float>>? Complete(IReadOnlyList<LinearInput> inputs, CancellationToken cancel) => null;

        public void LayerDone(int layer)
        {
        }
    }
}
