using ModelPack.Models;
using ModelPack.Models.Architectures;
using ModelPack.Models.Conversion;
using ModelPack.Models.Gguf;
using ModelPack.Quantize.Calibrated;
using ModelPack.Quantize.Mixtures;
using ModelPack.Quantize.Solving;
using ModelPack.Quantize.Streaming;

namespace ModelPack.Quantize.Plans;

/// <summary>Everything about an output that is fixed before the first weight is read: types, sizes, places.</summary>
public sealed class QuantizationPlan
{
    private delegate IReadOnlyList<GgufSplitPart> LayOut(
        IReadOnlyList<(string Name, GgmlType Type, IReadOnlyList<long> Shape)> tensors);

    private QuantizationPlan(
        GgufModel model, QuantPreset preset, IReadOnlyList<GgufSplitPart> parts, IReadOnlyList<PlannedTensor> tensors)
    {
        (Model, Preset, Parts, Tensors) = (model, preset, parts, tensors);
        Bytes = parts.Sum(static p => p.Layout.TotalBytes);
        Weights = tensors.Sum(static t => t.Count);
    }

    /// <summary>What is quantized.</summary>
    public GgufModel Model { get; }

    /// <summary>What it is quantized to; for "auto", the type of the model.</summary>
    public QuantPreset Preset { get; }

    /// <summary>The files, one unless the output is split; their paths are final.</summary>
    public IReadOnlyList<GgufSplitPart> Parts { get; }

    /// <summary>All tensors in file order, part by part.</summary>
    public IReadOnlyList<PlannedTensor> Tensors { get; }

    /// <summary>What a user should know before the plan runs.</summary>
    public IReadOnlyList<PlanWarning> Warnings { get; private init; } = [];

    /// <summary>Files that are read while the plan runs: those of the model, and the importance matrix.</summary>
    public IReadOnlyList<string> Inputs { get; private init; } = [];

    /// <summary>Exact size of all files.</summary>
    public long Bytes { get; }

    /// <summary>Number of weights.</summary>
    public long Weights { get; }

    /// <summary>Bits a weight on average, headers not counted.</summary>
    public double BitsPerWeight => Weights == 0 ? 0 : 8.0 * Tensors.Sum(static t => t.Bytes) / Weights;

    /// <summary>Plans a quantized file, with the types of llama-quantize.</summary>
    /// <param name="model">What is quantized.</param>
    /// <param name="output">The file; the parts of a split output get numbers before ".gguf".</param>
    /// <param name="options">Preset, rules, importance, split.</param>
    /// <exception cref="ModelPackException">
    /// A rule that cannot be applied, metadata without the keys that mixtures need, an importance entry of another shape,
    /// a tensor that GGUF cannot hold.
    /// </exception>
    public static QuantizationPlan ForQuantize(GgufModel model, string output, QuantizeOptions options)
    {
        GgufModelTensor[] tensors = [.. model.Tensors.OrderBy(static t => t.Name, GgufTensorOrder.Instance)];
        List<PlanWarning> warnings = [];
        GgufMetadata metadata = PlanMetadata.Create(
            model.Metadata, options.Preset.FileType, options.Importance, options.ImportanceFile, options.Calibration);
        return Create(
            model,
            options.Preset,
            tensors,
            QuantizeTypes.Choose(model, tensors, options),
            types => GgufSplit.Create(output, metadata, types, options.SplitMaxBytes),
            new ImportanceLookup(options.Importance, warnings),
            t => MethodOf(t, options.Methods),
            warnings);
    }

    /// <summary>Plans a file of one plain type, with the types of llama.cpp's converter.</summary>
    /// <param name="model">What is converted.</param>
    /// <param name="output">As in <see cref="ForQuantize"/>.</param>
    /// <param name="type">f32, f16, bf16 or q8_0; null keeps the type each tensor has ("auto").</param>
    /// <param name="splitMaxBytes">Largest size of a file; null for one file.</param>
    /// <exception cref="ModelPackException">Another type, or a tensor that GGUF cannot hold.</exception>
    public static QuantizationPlan ForConvert(GgufModel model, string output, QuantPreset? type, long? splitMaxBytes = null)
    {
        QuantPreset preset = type ?? QuantPreset.All.First(p => p.Default == model.DefaultType);
        List<PlanWarning> warnings = [];
        GgufMetadata metadata = PlanMetadata.Create(model.Metadata, preset.FileType, null, null);
        return Create(
            model,
            preset,
            model.Tensors,
            ConvertTypes.Choose(model, type),
            types => GgufSplit.Create(output, metadata, types, splitMaxBytes),
            new ImportanceLookup(null, warnings),
            static _ => SolveMethod.Rtn,
            warnings);
    }

    /// <summary>What a calibration pass solved; null for a plan that encodes every row itself.</summary>
    public Solutions? Solutions { get; private init; }

    /// <summary>The same plan, but rows that were encoded before are taken as they are.</summary>
    internal QuantizationPlan WithSolved(Func<PlannedTensor, SolvedRows?> rows, Solutions solutions) =>
        new(Model, Preset, Parts, [.. Tensors.Select(t => t with { Solved = rows(t) })])
        {
            Warnings = Warnings,
            Inputs = Inputs,
            Solutions = solutions,
        };

    private static QuantizationPlan Create(
        GgufModel model,
        QuantPreset preset,
        IReadOnlyList<GgufModelTensor> tensors,
        Dictionary<string, TypeChoice> choices,
        LayOut layOut,
        ImportanceLookup importance,
        Func<GgufModelTensor, SolveMethod> methodOf,
        List<PlanWarning> warnings)
    {
        IReadOnlyList<GgufSplitPart> parts = layOut([.. tensors.Select(t => (t.Name, choices[t.Name].Type, t.Shape))]);
        List<PlannedTensor> planned = [];
        for (int part = 0; part < parts.Count; part++)
        {
            GgufLayout layout = parts[part].Layout;
            foreach (GgufTensorInfo place in layout.Tensors)
            {
                GgufModelTensor tensor = tensors[planned.Count];
                TypeChoice choice = choices[tensor.Name];
                SolveMethod method = methodOf(tensor);
                CheckRows(tensor);
                if (choice.Reason == TypeReason.Fallback)
                {
                    warnings.Add(new("fallback", tensor.Name, $"{choice.Note}; stored as {choice.Type}"));
                }

                planned.Add(new(
                    tensor.Name,
                    tensor.Shape,
                    tensor.Weights,
                    tensor.SourceNames,
                    tensor.BaseType,
                    choice,
                    method == SolveMethod.Rtn ? null : importance.Find(tensor, choice.Type),
                    part,
                    layout.DataOffset + place.Offset,
                    place.Bytes)
                {
                    MayBeSolved = method == SolveMethod.Gptq,
                });
            }
        }

        return new(model, preset, parts, planned) { Warnings = warnings, Inputs = [.. model.Sources, .. importance.Files] };
    }

    // A tensor of a name that has no place in a model follows no pattern.
    private static SolveMethod MethodOf(GgufModelTensor tensor, MethodRules? methods) => methods is null ? SolveMethod.Gptq
        : !GgufNames.TryParse(tensor.Name, out TensorRole role) ? methods.Default
        : methods.Find(role, tensor.Experts > 1 ? [.. Enumerable.Range(0, tensor.Experts)] : []);

    private static void CheckRows(GgufModelTensor tensor)
    {
        if (tensor.Weights.Columns != tensor.Shape[0] || tensor.Weights.Rows * tensor.Weights.Columns != tensor.Count)
        {
            throw new ArgumentException(
                $"{tensor.Name}: {tensor.Weights.Rows} rows of {tensor.Weights.Columns} weights do not fill its shape {string.Join('×', tensor.Shape)}");
        }
    }
}
