using System.Globalization;
using ModelPack.Cli.Terminal;
using ModelPack.Quantize.Onnx;
using ModelPack.Quantize.Plans;

namespace ModelPack.Cli;

/// <summary>Plans and results of ONNX folders as text for people.</summary>
internal static class OnnxText
{
    /// <summary>Writes every weight of a plan, then the totals and about how much memory a run takes.</summary>
    public static void Write(TextWriter output, OnnxInput input, OnnxPlan plan, long memory)
    {
        int width = plan.Weights.Select(static w => w.Name.Length).DefaultIfEmpty().Max();
        foreach (OnnxPlannedWeight weight in plan.Weights)
        {
            OnnxTypeChoice choice = OnnxPlanDocument.ChoiceOf(plan, weight);
            string shape = $"{weight.Weight.Source.Rows} × {weight.Weight.Source.Columns}";
            string reason = choice.Reason is TypeReason.Preset ? "" : choice.Reason.ToString().ToLowerInvariant();
            string note = choice.Rule is { } rule ? $": {rule}" : "";
            string experts = Experts(weight.Weight.Experts) is { } numbers ? $"experts {numbers} " : "";
            output.WriteLine(CommandTerminal.Printable(
                $"{weight.Name.PadRight(width)}  {weight.Type,-14} {ByteSize.Format(weight.Bytes),9}  {shape,-16} {experts}{reason}{note}".TrimEnd()));
        }

        output.WriteLine();
        WriteHead(output, input, plan);
        foreach (var drop in plan.Decoder.Dropped.GroupBy(static d => d.Reason))
        {
            output.WriteLine($"  left out: {drop.Count()} tensors, {CommandTerminal.Printable(drop.Key)}");
        }

        output.WriteLine($"  {Totals(plan)}, about {ByteSize.Format(memory)} of memory to make it; nothing was written");
    }

    /// <summary>Writes what a run did.</summary>
    public static void WriteResult(TextWriter output, OnnxInput input, OnnxPlan plan, OnnxResult result, double seconds, long? peakMemory)
    {
        WriteHead(output, input, plan);
        string peak = peakMemory is { } bytes ? $", peak memory {ByteSize.Format(bytes)}" : "";
        string resumed = result.ResumedWeights > 0 ? $", {100.0 * result.ResumedWeights / plan.WeightCount:F0} % of it by an earlier run" : "";
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {Totals(plan)}, in {seconds:F2} s{resumed}{peak}"));
        OnnxExportedWeight[] measured = [.. result.Weights.Where(static w => w.RelativeError is > 0)];
        if (measured.Length > 0)
        {
            OnnxExportedWeight worst = measured.MaxBy(static w => w.RelativeError)!;
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"  relative error {measured.Average(static w => w.RelativeError!.Value):F4} on average, {worst.RelativeError:F4} at most ({CommandTerminal.Printable(worst.Name)})"));
        }
    }

    private static void WriteHead(TextWriter output, OnnxInput input, OnnxPlan plan)
    {
        output.WriteLine(CommandTerminal.Printable($"{PlanText.Shorten(input.Path)} -> {PlanText.Shorten(plan.Folder)}{Path.DirectorySeparatorChar}"));
        output.WriteLine(CommandTerminal.Printable($"  {input.Label}, {PlanText.Count(plan.Parameters)} parameters, {plan.Weights.Count} weights"));
        IEnumerable<string> types = plan.Weights
            .GroupBy(static w => w.Type)
            .OrderByDescending(static g => g.Sum(static w => w.Bytes))
            .Select(static g => $"{g.Count()} {g.Key}");
        output.WriteLine($"  {plan.Options.Type} for {plan.Options.Provider.ToString().ToLowerInvariant()}: {string.Join(", ", types)}");
    }

    private static string Totals(OnnxPlan plan)
    {
        string files = plan.DataFiles.Count > 1 ? $" in {plan.DataFiles.Count} data files" : "";
        return string.Create(CultureInfo.InvariantCulture, $"{ByteSize.Format(plan.Bytes)}{files}, {plan.BitsPerWeight:F2} bits per weight");
    }

    /// <summary>Numbers with runs joined: "0-6 9"; null for no stack.</summary>
    private static string? Experts(IReadOnlyList<int> experts)
    {
        List<(int First, int Last)> runs = [];
        foreach (int expert in experts)
        {
            if (runs.Count > 0 && runs[^1].Last == expert - 1)
            {
                runs[^1] = (runs[^1].First, expert);
            }
            else
            {
                runs.Add((expert, expert));
            }
        }

        return experts.Count == 0 ? null : string.Join(' ', runs.Select(static r => r.First == r.Last ? $"{r.First}" : $"{r.First}-{r.Last}"));
    }
}
