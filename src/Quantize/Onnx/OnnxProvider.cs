namespace ModelPack.Quantize.Onnx;

/// <summary>What an exported model is to run on; the files differ.</summary>
public enum OnnxProvider
{
    /// <summary>Processors: computes in single precision.</summary>
    Cpu,

    /// <summary>NVIDIA GPUs: computes in half precision.</summary>
    Cuda,
}
