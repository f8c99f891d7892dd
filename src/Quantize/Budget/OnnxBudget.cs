using System.Globalization;
using ModelPack.Models;
using ModelPack.Models.Architectures;
using ModelPack.Models.Checkpoints;
using ModelPack.Models.Conversion;
using ModelPack.Models.Onnx.Export;
using ModelPack.Models.Tensors;
using ModelPack.Quantize.Importance;
using ModelPack.Quantize.Onnx;
using ModelPack.Quantize.Onnx.Encoders;
using ModelPack.Quantize.Plans;
using ModelPack.Quantize.Rules;

namespace ModelPack.Quantize.Budget;

/// <summary>Chooses int4 or int8 for every matrix and every single expert of an ONNX export under a budget.</summary>
public static class OnnxBudget
{
    private static readonly OnnxType[] Candidates = [OnnxType.Int4, OnnxType.Int8];

    /// <summary>Adds to the options rules for everything that the budget decides.</summary>
    /// <param name="checkpoint">What is exported.</param>
    /// <param name="weights">Its weights by role.</param>
    /// <param name="folder">As in <see cref="OnnxPlan.Create(Checkpoint, string, OnnxOptions)"/>.</param>
    /// <param name="options">Rules in it stand; embeddings, head, norms and routers keep their types.</param>
    /// <param name="request">The budget.</param>
    /// <param name="importance">Mean squared inputs, by GGUF names.</param>
    /// <param name="inputs">What solving takes back, and routing weights; null where nothing is known of them.</param>
    /// <param name="sensitivity">What an error does.</param>
    /// <param name="folderBytes">Size of a plan's whole folder, the small files beside the graph and the data included.</param>
    /// <param name="cancel">Stops between tensors.</param>
    /// <exception cref="ModelPackException">The smallest types take more than the budget.</exception>
    public static (OnnxOptions Options, BudgetReport Report) Allocate(
        Checkpoint checkpoint,
        ModelWeights weights,
        string folder,
        OnnxOptions options,
        BudgetRequest request,
        ImportanceMatrix importance,
        InputLosses? inputs,
        Sensitivity sensitivity,
        Func<OnnxPlan, long> folderBytes,
        CancellationToken cancel)
    {
        OnnxTypes types = new(weights.Spec, options with { Type = OnnxType.Int4 });
        Dictionary<TensorRole, Unit> units = [];
        foreach (var stack in weights.Tensors.Where(t => Decides(types, t.Key)).GroupBy(static t => t.Key with { Expert = null }))
        {
            Measure(stack.Key, [.. stack.OrderBy(static t => t.Key.Expert ?? 0)], units, options, importance, inputs, sensitivity, cancel);
        }

        Unit[] all = [.. units.Values];
        BudgetItem[] items = [.. all.Select(u => u.ToItem(sensitivity))];
        OnnxPlan plan = OnnxPlan.Create(checkpoint, folder, WithRules(options, all, [.. all.Select(static _ => 0)]));
        if (request.Share(folderBytes(plan), plan.BitsPerWeight) > 1)
        {
            throw request.TooSmall(folderBytes(plan), plan.BitsPerWeight);
        }

        long room = request.ForItems(
            folderBytes(plan), plan.Weights.Where(static w => w.Weight.Role is not null).Sum(static w => w.Bytes), all.Sum(static u => u.Bytes[0]), plan.Parameters);
        while (true)
        {
            Allocation allocation = Knapsack.Choose(items, room);
            OnnxOptions chosen = WithRules(options, all, allocation.Choices);
            OnnxPlan result = OnnxPlan.Create(checkpoint, folder, chosen);
            long bytes = folderBytes(result);
            double share = request.Share(bytes, result.BitsPerWeight);
            if (share <= 1)
            {
                return (chosen, BudgetReport.Of(items, allocation, share));
            }

            // Layers with experts of both widths have a few more nodes; rows of experts may be padded.
            long least = all.Sum(static u => u.Bytes[0]);
            room = Math.Max(least, Math.Min(room - request.Over(bytes, result.BitsPerWeight, result.Parameters), allocation.Bytes - 1));
        }
    }

    private static bool Decides(OnnxTypes types, TensorRole role) =>
        !role.Bias && role.Layer is not null && types.Find(role) is { Reason: TypeReason.Preset } choice && choice.Type.IsQuantized;

    private static void Measure(
        TensorRole stack,
        KeyValuePair<TensorRole, TensorSource>[] matrices,
        Dictionary<TensorRole, Unit> units,
        OnnxOptions options,
        ImportanceMatrix importance,
        InputLosses? inputs,
        Sensitivity sensitivity,
        CancellationToken cancel)
    {
        if (Entry(importance, stack) is not { } entry || entry.Values.Count != (long)matrices.Length * matrices[0].Value.Columns)
        {
            return;
        }

        int columns = matrices[0].Value.Columns;
        BlockGrid[] Grids() => [.. Candidates.Select(t =>
            new BlockGrid((OnnxWeightFormat.Blocks)t.Format(options.BlockSize, options.Symmetric, options.ComputeType), columns))];
        TensorSource rows = matrices.Length == 1 ? matrices[0].Value : new Models.Tensors.Views.StackedSource([.. matrices.Select(static m => m.Value)]);
        double[][] losses = ItemLoss.Of(stack, rows, entry, () => [.. Grids().Select(static g => new RoundingLoss.Candidate(RoundingLoss.Of(g), true))], inputs, sensitivity, cancel);
        long[] bytes = [.. Grids().Select(g => matrices[0].Value.Rows * (g.ValueBytes + g.ScaleBytes + g.ZeroBytes))];
        for (int i = 0; i < matrices.Length; i++)
        {
            // gate, up and down of an expert are one item: QMoE has one type for all three.
            TensorRole role = matrices[i].Key;
            TensorRole unit = role.Expert is null ? role : role with { Kind = TensorKind.ExpertGate };
            (units.TryGetValue(unit, out Unit? known) ? known : units[unit] = new(unit)).Add(bytes, losses[i]);
        }
    }

    private static ImportanceEntry? Entry(ImportanceMatrix importance, TensorRole stack) =>
        importance.Entries.GetValueOrDefault(GgufNames.Of(stack));

    // One rule a layer for all experts of a type: rules are tried one after the other.
    private static OnnxOptions WithRules(OnnxOptions options, Unit[] units, IReadOnlyList<int> choices)
    {
        List<OnnxRule> rules = [.. options.Rules];
        foreach (var group in units.Select((u, i) => (u.Role, Type: Candidates[choices[i]])).GroupBy(static u => (u.Role with { Expert = u.Role.Expert is null ? null : 0 }, u.Type)))
        {
            (TensorRole role, OnnxType type) = group.Key;
            string pattern = role.Expert is null
                ? role.ToString()
                : string.Create(CultureInfo.InvariantCulture, $"layers.{role.Layer}.experts.{{{string.Join(',', group.Select(static u => u.Role.Expert))}}}");
            rules.Add(new("budget", RulePattern.Parse(pattern), type));
        }

        return options with { Type = OnnxType.Int4, Rules = rules };
    }

    private sealed class Unit(TensorRole role)
    {
        public TensorRole Role { get; } = role;

        public long[] Bytes { get; } = new long[Candidates.Length];

        public double[] Losses { get; } = new double[Candidates.Length];

        public void Add(long[] bytes, double[] losses)
        {
            for (int i = 0; i < Candidates.Length; i++)
            {
                Bytes[i] += bytes[i];
                Losses[i] += losses[i];
            }
        }

        public BudgetItem ToItem(Sensitivity sensitivity)
        {
            string path = Role.ToString();
            string name = Role.Expert is null ? path : path[..path.LastIndexOf('.')];
            return new(name, sensitivity.Rank(Role.Kind), [.. Candidates.Select((t, i) => new BudgetOption(t.Name, Bytes[i], Losses[i]))]);
        }
    }
}
