using ModelPack.Models;
using ModelPack.Models.Architectures;
using ModelPack.Models.Checkpoints;
using ModelPack.Models.Onnx;
using ModelPack.Models.Onnx.Export;
using ModelPack.Quantize.Calibrated;
using ModelPack.Quantize.Plans;
using ModelPack.Quantize.Solving;
using ModelPack.Quantize.Streaming;

namespace ModelPack.Quantize.Onnx;

/// <summary>Everything about an ONNX folder that is fixed before the first weight is read: graph, types, sizes, places.</summary>
public sealed class OnnxPlan
{
    /// <summary>Name of the graph's file.</summary>
    public const string ModelFile = "model.onnx";

    private OnnxPlan(
        OnnxDecoder decoder, OnnxOptions options, string folder, ReadOnlyMemory<byte> model, IReadOnlyList<long> dataFiles, IReadOnlyList<OnnxPlannedWeight> weights)
    {
        (Decoder, Options, Folder, Model, Weights) = (decoder, options, folder, model, weights);
        DataFiles = [.. dataFiles.Select(static (bytes, i) => (OnnxLayout.NameOf(i), bytes))];
        Bytes = model.Length + dataFiles.Sum();
        WeightCount = weights.Sum(static w => w.Count);
        Parameters = weights.Where(static w => w.Weight.Role is not null).Sum(static w => w.Count);
    }

    /// <summary>What is exported.</summary>
    public OnnxDecoder Decoder { get; }

    /// <summary>What was asked for.</summary>
    public OnnxOptions Options { get; }

    /// <summary>The folder to write, absolute.</summary>
    public string Folder { get; }

    /// <summary>The bytes of model.onnx: the graph, and where its initializers are.</summary>
    public ReadOnlyMemory<byte> Model { get; }

    /// <summary>Name and exact size of each file of external data.</summary>
    public IReadOnlyList<(string Name, long Bytes)> DataFiles { get; }

    /// <summary>The large initializers, in file order.</summary>
    public IReadOnlyList<OnnxPlannedWeight> Weights { get; }

    /// <summary>What a user should know before the plan runs.</summary>
    public IReadOnlyList<PlanWarning> Warnings { get; private init; } = [];

    /// <summary>Who chose the types, and why; null for a decoder that was made by hand.</summary>
    public OnnxTypes? Types { get; private init; }

    /// <summary>Files that are read while the plan runs.</summary>
    public IReadOnlyList<string> Inputs { get; private init; } = [];

    /// <summary>Exact size of the graph and its data; the files beside it are not counted.</summary>
    public long Bytes { get; }

    /// <summary>Number of weights, computed tables included.</summary>
    public long WeightCount { get; }

    /// <summary>Number of the model's own weights.</summary>
    public long Parameters { get; }

    /// <summary>Bits a weight on average, neither the graph nor computed tables counted.</summary>
    public double BitsPerWeight =>
        Parameters == 0 ? 0 : 8.0 * Weights.Where(static w => w.Weight.Role is not null).Sum(static w => w.Bytes) / Parameters;

    /// <summary>Plans the folder of a checkpoint.</summary>
    /// <param name="checkpoint">Must stay open while the plan runs.</param>
    /// <param name="folder">The folder to write.</param>
    /// <param name="options">Types, rules, importance, provider, split.</param>
    /// <exception cref="ModelPackException">
    /// A model that is broken or not covered, a rule that cannot be applied, an importance entry of another shape.
    /// </exception>
    public static OnnxPlan Create(Checkpoint checkpoint, string folder, OnnxOptions options)
    {
        OnnxTypes types = new(Architecture.Find(checkpoint.Config).ReadSpec(checkpoint.Config), options);
        OnnxDecoder decoder = OnnxExport.Create(checkpoint, types.ExportOptions);
        OnnxPlan plan = Create(decoder, folder, options);
        return new(decoder, options, plan.Folder, plan.Model, [.. plan.DataFiles.Select(static f => f.Bytes)], plan.Weights)
        {
            Warnings = [.. types.Warnings, .. plan.Warnings],
            Inputs = plan.Inputs,
            Types = types,
        };
    }

    /// <summary>Plans a folder.</summary>
    /// <param name="decoder">The graph and its weights, whose formats are chosen already (<see cref="OnnxTypes"/>).</param>
    /// <param name="folder">The folder to write.</param>
    /// <param name="options">What was asked for.</param>
    /// <exception cref="ModelPackException">
    /// An initializer that is larger than a file may be, an importance entry of another shape.
    /// </exception>
    public static OnnxPlan Create(OnnxDecoder decoder, string folder, OnnxOptions options)
    {
        List<PlanWarning> warnings = [];
        OnnxImportance importance = new(options.Importance, warnings);
        OnnxLayout layout = OnnxLayout.Create(decoder.Weights, options.SplitMaxBytes, out IReadOnlyList<IReadOnlyList<OnnxPlace>> places);
        OnnxPlannedWeight[] weights =
        [
            .. decoder.Weights.Select((w, i) => MethodOf(w, options.Methods) switch
            {
                SolveMethod.Rtn => new OnnxPlannedWeight(w, places[i], null) { MayBeSolved = false },
                SolveMethod method => new OnnxPlannedWeight(w, places[i], importance.Find(w)) { MayBeSolved = method == SolveMethod.Gptq },
            }),
        ];
        using MemoryStream model = new();
        OnnxWriter.Write(model, WithWeights(decoder.Model, weights));
        IEnumerable<string> matrix = options.Importance?.Path is { } path ? [path] : [];
        return new(decoder, options, Path.GetFullPath(folder), model.ToArray(), layout.Files, weights)
        {
            Warnings = [.. warnings, .. SlowExperts(weights, options)],
            Inputs = [.. decoder.Sources, .. matrix],
        };
    }

    /// <summary>What a calibration pass solved; null for a plan that encodes every row itself.</summary>
    public Solutions? Solutions { get; private init; }

    /// <summary>The same plan, but rows that were encoded before are taken as they are.</summary>
    internal OnnxPlan WithSolved(Func<OnnxPlannedWeight, SolvedRows?> rows, Solutions solutions) =>
        new(Decoder, Options, Folder, Model, [.. DataFiles.Select(static f => f.Bytes)], [.. Weights.Select(w => w.WithSolved(rows(w)))])
        {
            Warnings = Warnings,
            Inputs = Inputs,
            Types = Types,
            Solutions = solutions,
        };

    /// <summary>The plan as the streaming engine sees it.</summary>
    internal StreamPlan ToStream()
    {
        OutputFolder folder = new(Folder, OnnxManifest.FileName);
        return new(
            Weights,
            [.. DataFiles.Select(f => new StreamFile(Path.Combine(Folder, f.Name), Path.Combine(folder.PartialPath, f.Name), f.Bytes, null))],
            Inputs,
            Folder,
            folder,
            () => OnnxFingerprint.Of(this));
    }

    /// <summary>QMoE of ONNX Runtime up to 1.30 unpacks 4-bit experts on every call; onnxruntime pull request 32644 changes that.</summary>
    private static IEnumerable<PlanWarning> SlowExperts(IEnumerable<OnnxPlannedWeight> weights, OnnxOptions options) => weights
        .Where(w => options.Provider == OnnxProvider.Cpu && w.Weight.Experts.Count > 0 && w.Weight.Format is OnnxWeightFormat.Blocks { Bits: 4 })
        .Take(1)
        .Select(static _ => new PlanWarning(
            "slow-experts",
            "layers.*.experts",
            "4-bit experts are 2 to 7 times slower than 8-bit ones on processors, in ONNX Runtime up to 1.30; "
            + "--rule 'layers.*.experts.*=int8' makes 8-bit experts"));

    private static SolveMethod MethodOf(OnnxWeight weight, MethodRules? methods) =>
        methods is null || weight.Role is not { } role ? SolveMethod.Gptq : methods.Find(role, weight.Experts);

    private static OnnxModel WithWeights(OnnxModel model, IEnumerable<OnnxPlannedWeight> weights) => model with
    {
        Graph = model.Graph with
        {
            Initializers =
            [
                .. model.Graph.Initializers,
                .. weights.SelectMany(static w => w.Places).Select(static p => new OnnxTensor(
                    p.Initializer.Name,
                    p.Initializer.Type,
                    p.Initializer.Shape,
                    new OnnxData.External(OnnxLayout.NameOf(p.File), p.Offset, p.Initializer.Bytes))),
            ],
        },
    };
}
