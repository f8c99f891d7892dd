namespace ModelPack.Licensing.Notices;

/// <summary>A text to copy as it is.</summary>
/// <param name="Source">File relative to the model's folder.</param>
/// <param name="Target">Path in the package, with '/'.</param>
public sealed record NoticeCopy(string Source, string Target);
