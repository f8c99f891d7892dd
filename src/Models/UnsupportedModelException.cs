namespace ModelPack.Models;

/// <summary>A sound model that this tool cannot read: an unknown architecture, a packing such as bitsandbytes.</summary>
/// <param name="message">Names what was found and what is supported.</param>
public sealed class UnsupportedModelException(string message) : ModelPackException(message);
