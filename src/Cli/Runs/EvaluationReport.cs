using ModelPack.Cli.Reports;
using ModelPack.Models.Architectures;
using ModelPack.Models.Conversion;
using ModelPack.Quantize.Calibration;
using ModelPack.Quantize.Weights;
using ModelPack.Runtime.Evaluation;

namespace ModelPack.Cli.Runs;

/// <summary>Puts the report of an evaluation together: what it measured, and how far each matrix is from the reference's.</summary>
internal static class EvaluationReport
{
    /// <summary>Compares the weights and writes the page.</summary>
    /// <param name="run">What was run.</param>
    /// <param name="result">What came out.</param>
    /// <param name="seen">What the layers of the first model saw.</param>
    /// <param name="cancel">Ends it between matrices.</param>
    /// <exception cref="Models.ModelPackException">Weights cannot be read or compared, or the page cannot be written.</exception>
    public static void Write(EvaluationRun run, EvaluationResult result, ImportanceCollector seen, CancellationToken cancel)
    {
        ModelWeights? reference = run.Models.Reference?.Input.Weights;
        Dictionary<TensorRole, IReadOnlyList<float>> importance = Importance(seen);
        List<ReportModel> models = [];
        foreach ((EvaluationModel model, ModelQuality quality) in run.Models.All.Zip(result.Models))
        {
            using OnnxFolderWeights? onnx = reference is not null && model.Input.Onnx is { } file
                ? OnnxFolderWeights.TryOpen(Path.GetDirectoryName(file)!, reference.Spec)
                : null;
            IReadOnlyList<WeightError>? errors = reference is not null && (model.Input.Weights ?? onnx?.Weights) is { } weights
                ? WeightComparison.Compare(reference, weights, importance.GetValueOrDefault, run.Runner.Threads ?? Environment.ProcessorCount, cancel)
                : null;
            models.Add(new(model.Name, model.Bytes, model.BitsPerWeight, quality, errors));
        }

        ReportModel? compared = run.Models.Reference is { } r ? new(r.Name, r.Bytes, r.BitsPerWeight, result.Reference!, null) : null;
        ReportData data = new(
            run.Text.Names, run.Windows.All.Count, run.Windows.Context, result.Device.ToString(), compared, models, seen.ExpertTokens());
        TextFile.Write(run.Html!, EvaluationPage.Create(data), overwrite: true);
    }

    private static Dictionary<TensorRole, IReadOnlyList<float>> Importance(ImportanceCollector seen)
    {
        Dictionary<TensorRole, IReadOnlyList<float>> importance = [];
        foreach (InputTally tally in seen.Tallies.Where(static t => t.Rows > 0))
        {
            float[] sums = tally.ToSingles();
            foreach (TensorRole role in tally.Input.Weights)
            {
                importance[role] = sums;
            }
        }

        return importance;
    }
}
