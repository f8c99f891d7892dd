using ModelPack.Quantize.Calibration;
using ModelPack.Runtime.Evaluation;
namespace ModelPack.Cli.Runs;
internal static class EvaluationReport
{
    public static void Write(EvaluationRun run, EvaluationResult result, ImportanceCollector seen, CancellationToken cancel)
    {
    }
}
