using ModelPack.Models;

namespace ModelPack.Runtime;

/// <summary>ONNX Runtime cannot be loaded, or a device cannot be used; the message says which, and what to do.</summary>
public sealed class RuntimeException(string message, Exception? cause = null) : ModelPackException(message, cause);
