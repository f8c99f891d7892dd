using ModelPack.Models.Architectures;
using ModelPack.Models.Conversion;
using ModelPack.Models.Onnx.Export;
using ModelPack.Models.Tensors;
using ModelPack.Quantize.Mixtures;
using ModelPack.Quantize.Onnx;
using ModelPack.Quantize.Plans;
using ModelPack.Quantize.Solving;

namespace ModelPack.Quantize.Calibrated;

/// <summary>Which weights of a model are solved, and onto which grid: what a plan's tensors ask for.</summary>
public sealed class SolveTargets
{
    private readonly Dictionary<TensorRole, RowGrid> _grids;
    private readonly Dictionary<string, TensorRole[]> _rolesOf;
    private readonly RoleRows _roles;

    private SolveTargets(RoleRows roles, Dictionary<TensorRole, RowGrid> grids, Dictionary<string, TensorRole[]> rolesOf) =>
        (_roles, _grids, _rolesOf) = (roles, grids, rolesOf);

    /// <summary>Number of weights that are solved.</summary>
    public int Count => _grids.Count;

    /// <summary>The targets of a GGUF: matrices in layers, of the types that can be solved.</summary>
    /// <remarks>A head has as many rows as the vocabulary and eight bits or nearly: solving it would take gigabytes for nothing.</remarks>
    public static SolveTargets Of(QuantizationPlan plan, ModelWeights weights) => Of(
        weights,
        plan.Tensors
            .Where(static t => t.MayBeSolved && t.Type.BlockWeights > 1 && TensorCategories.Of(t.Name) is not (TensorCategory.Embedding or TensorCategory.Output))
            .Select(static t => (t.Name, t.Weights, Grid: QuantType.Find(t.Type) is { } type && RowGrid.Supports(type) ? RowGrid.For(type, t.Weights.Columns) : null)));

    /// <summary>The targets of an ONNX folder: weights in blocks, but embeddings and head.</summary>
    public static SolveTargets Of(OnnxPlan plan, ModelWeights weights) => Of(
        weights,
        plan.Weights
            .Where(static w => w.MayBeSolved && w.Weight.Role is { Kind: not (TensorKind.Embedding or TensorKind.Head) })
            .Select(static w => (w.Name, w.Weight.Source, Grid: w.Weight.Format is OnnxWeightFormat.Blocks blocks
                ? RowGrid.For(blocks, w.Weight.Source.Columns, checked((int)(w.Weight.Values.Bytes / w.Weight.Source.Rows)))
                : null)));

    /// <summary>Each weight and its grid, in a fixed order: the same for runs that may be continued.</summary>
    public IEnumerable<string> Describe() =>
        _grids.Select(static g => $"{g.Key} {g.Value.Name} {g.Value.Columns}").Order(StringComparer.Ordinal);

    /// <summary>The grid of a weight; null when it is not solved.</summary>
    public RowGrid? Find(TensorRole role) => _grids.GetValueOrDefault(role);

    /// <summary>All weights that are solved.</summary>
    internal IReadOnlyDictionary<TensorRole, RowGrid> Grids => _grids;

    /// <summary>The weights that an output tensor consists of, in the order of its rows; empty when it is not solved.</summary>
    internal IReadOnlyList<TensorRole> RolesOf(string tensor) => _rolesOf.GetValueOrDefault(tensor) ?? [];

    /// <summary>Solved rows for an output tensor; null when it is not solved.</summary>
    internal GatheredRows? Rows(string tensor, TensorSource source, SolvedStore store) =>
        !_rolesOf.TryGetValue(tensor, out TensorRole[]? found) ? null
        : IsHalf(found[0]) ? new GatheredRows(store, row => (found[0], row))
        : new GatheredRows(store, row => _roles.Find(source, row)!.Value);

    private static SolveTargets Of(ModelWeights weights, IEnumerable<(string Name, TensorSource Source, RowGrid? Grid)> tensors)
    {
        RoleRows roles = new(weights);
        Dictionary<TensorRole, RowGrid> grids = [];
        Dictionary<string, TensorRole[]> rolesOf = [];
        HashSet<TensorRole> twice = [];
        foreach ((string name, TensorSource source, RowGrid? grid) in tensors)
        {
            if (grid is null || (HalfOf(name, source, weights) ?? RolesOf(source, roles, weights)) is not { } found)
            {
                continue;
            }

            rolesOf.Add(name, found);
            foreach (TensorRole role in found.Where(role => !grids.TryAdd(role, grid) && grids[role].Name != grid.Name))
            {
                twice.Add(role);
            }
        }

        // A weight that two outputs want on different grids is rounded in both.
        foreach (string name in rolesOf.Where(r => r.Value.Any(twice.Contains)).Select(static r => r.Key).ToArray())
        {
            rolesOf.Remove(name);
        }

        HashSet<TensorRole> wanted = [.. rolesOf.Values.SelectMany(static r => r)];
        return new(roles, grids.Where(g => wanted.Contains(g.Key)).ToDictionary(), rolesOf);
    }

    private static bool IsHalf(TensorRole role) => role.Kind is TensorKind.AttentionKeyUp or TensorKind.AttentionValueUp;

    // The halves of kv_b are weights of their own where the output has them apart: the keys' is turned, which no row tells.
    private static TensorRole[]? HalfOf(string name, TensorSource source, ModelWeights weights) =>
        GgufNames.TryParse(name, out TensorRole role) && IsHalf(role) && weights.Tensors.ContainsKey(role with { Kind = TensorKind.AttentionKeyValueUp })
        && weights.Find(role) is { } half && (half.Rows, half.Columns) == (source.Rows, source.Columns)
            ? [role]
            : null;

    // All rows must be rows of weights that a calibration pass sees, every one of them.
    private static TensorRole[]? RolesOf(TensorSource source, RoleRows roles, ModelWeights weights)
    {
        Dictionary<TensorRole, long> found = [];
        for (long row = 0; row < source.Rows; row++)
        {
            if (roles.Find(source, row) is not { } place || place.Role.Bias || place.Role.Layer is null)
            {
                return null;
            }

            found[place.Role] = found.GetValueOrDefault(place.Role) + 1;
        }

        // A weight cut in two by the output (kv_b) cannot be solved from one half.
        return found.Count > 0 && found.All(f => f.Value == weights.Tensors[f.Key].Rows) ? [.. found.Keys] : null;
    }
}
