using System.Globalization;
using ModelPack.Cli.Terminal;
using ModelPack.Quantize.Budget;
using ModelPack.Quantize.Calibrated;
using ModelPack.Quantize.Plans;

namespace ModelPack.Cli.Calibrated;

/// <summary>What calibration found and what a budget bought, as text for people.</summary>
internal static class SolutionText
{
    /// <summary>Writes what a calibration would take after a plan's own lines.</summary>
    public static void Write(TextWriter output, PlannedCalibration? planned)
    {
        if (planned is null)
        {
            return;
        }

        string spilled = planned.SpilledBytes == 0 ? "" : $", {ByteSize.Format(planned.SpilledBytes)} of activations in files";
        output.WriteLine(CommandTerminal.Printable(
            $"  calibration before: {planned.Windows} windows of {planned.Context} tokens of {string.Join(", ", planned.Data)} on {planned.Device}, "
            + $"about {ByteSize.Format(planned.PeakMemory)} of memory at most{spilled}"));
    }

    /// <summary>Writes a line or two after a plan's or a result's own.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="solutions">Of the plan; null for none.</param>
    /// <param name="tensors">Names of its tensors.</param>
    /// <param name="budget">What was bought; null without a budget.</param>
    /// <param name="everyItem">Whether to list what each tensor or expert got.</param>
    public static void Write(
        TextWriter output, Solutions? solutions, IEnumerable<string> tensors, BudgetReport? budget, bool everyItem = false)
    {
        if (solutions is not null)
        {
            WriteSolutions(output, solutions, [.. tensors.SelectMany(t => solutions.Find(t) ?? [])]);
        }

        if (budget is null)
        {
            return;
        }

        foreach (Purchase item in budget.Purchases.Where(_ => everyItem))
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"  {item.Name}  {item.Type}  {ByteSize.Format(item.Bytes)}, {ByteSize.Format(item.Bytes - item.Smallest)} of it bought: loss {item.Loss:G3}, not {item.SmallestLoss:G3}"));
        }

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"  budget: {100 * budget.Share:F2} % used; predicted loss {budget.Loss:G4} ({budget.Purchases.Sum(static p => p.SmallestLoss):G4} with the smallest types, {budget.Bound:G4} is the least possible)"));
    }

    private static void WriteSolutions(TextWriter output, Solutions solutions, TensorSolution[] found)
    {
        if (found.Length == 0)
        {
            return;
        }

        IEnumerable<string> methods = found.GroupBy(static s => s.Method).OrderByDescending(static g => g.Count())
            .Select(static g => string.Create(CultureInfo.InvariantCulture, $"{g.Count()} by {g.Key}"));
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"  calibrated: {string.Join(", ", methods)}; relative output error {found.Average(static s => s.RelativeError):F4} on average, {found.Max(static s => s.RelativeError):F4} at most"));
        int shrunk = found.Count(static s => s.Shrinkage < 0.5);
        string few = shrunk > 0 ? string.Create(CultureInfo.InvariantCulture, $"; {shrunk} of experts with few tokens lean on their layer's statistics") : "";
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {solutions.FellBack} of {found.Length} weights fell back to rounding{few}"));
    }
}
