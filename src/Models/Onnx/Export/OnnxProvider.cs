namespace ModelPack.Models.Onnx.Export;

/// <summary>What a graph is made for; it decides attributes, never results.</summary>
public enum OnnxProvider
{
    /// <summary>ONNX Runtime's CPU provider.</summary>
    Cpu,

    /// <summary>ONNX Runtime's CUDA provider.</summary>
    Cuda,
}
