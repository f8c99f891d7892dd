using System.Globalization;
using ModelPack.Quantize;

namespace ModelPack.Benchmarks;

/// <summary>Encoding speed of every type beside ggml's own, on one core, same rows, same run.</summary>
internal static class KernelComparison
{
    private const int Columns = 2048;
    private const int Rows = 64;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(0.3);
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(0.1);

    /// <summary>Prints one line a type and importance: million weights a second of ours and of ggml, and their ratio.</summary>
    /// <param name="types">Names of types, or none for all.</param>
    public static void Run(IReadOnlyList<string> types)
    {
        Console.WriteLine("type  importance  ours Mw/s  ggml Mw/s  ratio");
        float[] weights = Fill(1, Rows * Columns, static r => (r.NextSingle() + r.NextSingle() + r.NextSingle() - 1.5f) * 0.05f);
        float[] importance = Fill(2, Columns, static r => r.NextSingle() * r.NextSingle());
        foreach (QuantType type in QuantType.All.Where(t => types.Count == 0 || types.Contains(t.Name)))
        {
            byte[] output = new byte[type.Storage.SizeOf(weights.Length)];
            foreach (float[] columnWeights in new[] { [], importance })
            {
                double ours = Speed(weights.Length, () => type.Encode(weights, Columns, columnWeights, output));
                double peer = Speed(weights.Length, () => GgmlPeer.Quantize(type.Storage.Id, weights, Columns, columnWeights, output));
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{type.Name,-5} {(columnWeights.Length == 0 ? "no" : "yes"),-10}  {ours,9:F0}  {peer,9:F0}  {ours / peer,5:F1}"));
            }
        }
    }

    private static float[] Fill(int seed, int count, Func<Random, float> next)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, count).Select(_ => next(random))];
    }

    /// <summary>Million weights a second: the best of five rounds, in processor time, which a busy machine spoils least.</summary>
    private static double Speed(int weights, Action encode)
    {
        Time(WarmUp, encode);
        return Enumerable.Range(0, 5).Max(_ => weights / 1e6 / Time(Round, encode));
    }

    /// <summary>Seconds a call on the processor, over a span.</summary>
    private static double Time(TimeSpan span, Action encode)
    {
        TimeSpan start = Environment.CpuUsage.TotalTime;
        TimeSpan used;
        int calls = 0;
        do
        {
            encode();
            calls++;
            used = Environment.CpuUsage.TotalTime - start;
        }
        while (used < span);
        return used.TotalSeconds / calls;
    }
}
