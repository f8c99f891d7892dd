using ModelPack.Cli.Terminal;
using ModelPack.Quantize.Streaming;

namespace ModelPack.Cli;

/// <summary>Hands progress on at once; <see cref="Progress{T}"/> would hand it to the thread pool, out of order.</summary>
internal sealed class ProgressRelay(ProgressLine line) : IProgress<QuantizeProgress>
{
    public void Report(QuantizeProgress value) => line.Report(value.BytesDone, value.BytesTotal, value.BytesResumed, value.Tensor);
}
