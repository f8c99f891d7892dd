using ModelPack.Models.Conversion;
using ModelPack.Quantize.Calibration;
using ModelPack.Quantize.Streaming;
using ModelPack.Runtime;

namespace ModelPack.Cli.Calibrated;

/// <summary>Says before a calibration how much memory the process will take.</summary>
internal static class CalibrationMemory
{
    // ONNX Runtime's code, the tokenizer's tables, and what reading the text leaves to be collected; seen to be 30 to 50 MiB.
    private const long Loaded = 40L << 20;

    /// <summary>Peak resident bytes of a pass that collects importance, and maybe solves.</summary>
    /// <param name="weights">The model.</param>
    /// <param name="pass">What the runner takes.</param>
    /// <param name="solving">What solving takes beside; 0 for none.</param>
    public static long Peak(ModelWeights weights, PassEstimate pass, long solving = 0)
    {
        // When the pass is over, a matrix as large as what was collected is made of it.
        long collected = CollectedImportance.BytesOf(weights);
        return MemoryEstimate.Baseline + Loaded + collected + Math.Max(pass.PeakBytes + solving, collected);
    }
}
