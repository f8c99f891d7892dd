using ModelPack.Models;

namespace ModelPack.Packaging;

/// <summary>A package, layout or manifest breaks the rules of its format; the message names the place, the value and what was expected.</summary>
public sealed class InvalidPackageException(string message, Exception? cause = null) : ModelPackException(message, cause);
