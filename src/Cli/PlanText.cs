using System.Globalization;
using ModelPack.Cli.Terminal;
using ModelPack.Quantize.Plans;
using ModelPack.Quantize.Streaming;

namespace ModelPack.Cli;

/// <summary>Plans and results as text for people.</summary>
internal static class PlanText
{
    private const int MostWarnings = 5;

    /// <summary>One line a kind of warning and message; many tensors with the same one are counted, not listed.</summary>
    public static IEnumerable<string> Warnings(IReadOnlyList<PlanWarning> warnings) => warnings
        .GroupBy(static w => (w.Code, w.Message))
        .Select(static g => g.Count() == 1
            ? $"{g.First().Tensor}: {g.Key.Message}"
            : $"{g.Count()} tensors ({string.Join(", ", g.Take(MostWarnings).Select(static w => w.Tensor))}{(g.Count() > MostWarnings ? ", …" : "")}): {g.Key.Message}");

    /// <summary>Writes every tensor of a plan, then the totals and about how much memory a run takes.</summary>
    public static void Write(TextWriter output, ModelInput input, QuantizationPlan plan, long memory)
    {
        int width = plan.Tensors.Select(static t => t.Name.Length).DefaultIfEmpty().Max();
        foreach (PlannedTensor tensor in plan.Tensors)
        {
            string shape = string.Join(" × ", tensor.Shape);
            string reason = tensor.Choice.Reason is TypeReason.Preset ? "" : tensor.Choice.Reason.ToString().ToLowerInvariant();
            string note = tensor.Choice.Note is { } text ? $": {text}" : "";
            output.WriteLine(CommandTerminal.Printable(
                $"{tensor.Name.PadRight(width)}  {tensor.Type.Name.ToLowerInvariant(),-5} {ByteSize.Format(tensor.Bytes),9}  {shape,-20} {reason}{note}".TrimEnd()));
        }

        output.WriteLine();
        WriteHead(output, input, plan);
        foreach (var drop in plan.Model.Dropped.GroupBy(static d => d.Reason))
        {
            output.WriteLine($"  left out: {drop.Count()} tensors, {CommandTerminal.Printable(drop.Key)}");
        }

        output.WriteLine($"  {Totals(plan)}, about {ByteSize.Format(memory)} of memory to make it; nothing was written");
    }

    /// <summary>Writes what a run did.</summary>
    public static void WriteResult(
        TextWriter output, ModelInput input, QuantizationPlan plan, QuantizeResult result, double seconds, long? peakMemory)
    {
        WriteHead(output, input, plan);
        string peak = peakMemory is { } bytes ? $", peak memory {ByteSize.Format(bytes)}" : "";
        string resumed = result.ResumedWeights > 0 ? $", {100.0 * result.ResumedWeights / plan.Weights:F0} % of it by an earlier run" : "";
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {Totals(plan)}, in {seconds:F2} s{resumed}{peak}"));
        QuantizedTensor[] measured = [.. result.Tensors.Where(static t => t.RelativeError is > 0)];
        if (measured.Length > 0)
        {
            QuantizedTensor worst = measured.MaxBy(static t => t.RelativeError)!;
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"  relative error {measured.Average(static t => t.RelativeError!.Value):F4} on average, {worst.RelativeError:F4} at most ({CommandTerminal.Printable(worst.Name)})"));
        }
    }

    private static void WriteHead(TextWriter output, ModelInput input, QuantizationPlan plan)
    {
        string files = plan.Parts.Count == 1 ? plan.Parts[0].Path : $"{plan.Parts[0].Path} and {plan.Parts.Count - 1} more";
        output.WriteLine(CommandTerminal.Printable($"{Shorten(input.Path)} -> {Shorten(files)}"));
        output.WriteLine(CommandTerminal.Printable($"  {input.Label}, {Count(plan.Weights)} parameters, {plan.Tensors.Count} tensors"));
        IEnumerable<string> types = plan.Tensors
            .GroupBy(static t => t.Type)
            .OrderByDescending(static g => g.Sum(static t => t.Bytes))
            .Select(static g => $"{g.Count()} {g.Key.Name.ToLowerInvariant()}");
        output.WriteLine($"  {plan.Preset.Name}: {string.Join(", ", types)}");
    }

    private static string Totals(QuantizationPlan plan) => string.Create(
        CultureInfo.InvariantCulture, $"{ByteSize.Format(plan.Bytes)}, {plan.BitsPerWeight:F2} bits per weight");

    /// <summary>A path as short as it can be said from here.</summary>
    public static string Shorten(string path)
    {
        string relative = Path.GetRelativePath(Environment.CurrentDirectory, path);
        return relative.Length < path.Length && !relative.StartsWith("..", StringComparison.Ordinal) ? relative : path;
    }

    /// <summary>A number of weights in words.</summary>
    public static string Count(long weights) => weights switch
    {
        >= 1_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{weights / 1e9:F1} billion"),
        >= 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{weights / 1e6:F1} million"),
        _ => weights.ToString("N0", CultureInfo.InvariantCulture),
    };
}
