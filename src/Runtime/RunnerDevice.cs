using Microsoft.ML.OnnxRuntime;
using ModelPack.Runtime.Interop;

namespace ModelPack.Runtime;

/// <summary>The device that a model runs on.</summary>
/// <param name="Name">"cpu", "cuda:0".</param>
/// <param name="Reason">Why it was chosen, one sentence: "the CUDA provider could not be loaded: …".</param>
public sealed record RunnerDevice(string Name, string Reason)
{
    /// <summary>Number of the GPU; null on the CPU.</summary>
    public int? Gpu { get; init; }

    /// <summary>Whether a text names a device: "auto", "cpu", "cuda" or "cuda:1".</summary>
    public static bool IsName(string text) => DeviceChoice.TryParse(text, out _);

    /// <summary>Chooses a device, proves that it works, and lets go of it: before there is a model to run on it.</summary>
    /// <param name="device">As in <see cref="RunnerOptions.Device"/>.</param>
    /// <exception cref="RuntimeException">ONNX Runtime cannot be loaded, or the device cannot be used.</exception>
    public static RunnerDevice Prove(string device)
    {
        (RunnerDevice chosen, SessionOptions options) = DeviceChoice.Open(device, threads: 1);
        options.Dispose();
        return chosen;
    }

    /// <inheritdoc />
    public override string ToString() => $"{Name}: {Reason}";
}
