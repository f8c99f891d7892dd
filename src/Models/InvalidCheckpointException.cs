namespace ModelPack.Models;

/// <summary>A file that breaks its own format, or a folder whose files contradict each other.</summary>
/// <param name="message">Starts with the file, then the tensor or key, then the value and what was expected.</param>
/// <param name="cause">The exception behind it, if any.</param>
public sealed class InvalidCheckpointException(string message, Exception? cause = null) : ModelPackException(message, cause);
