namespace ModelPack.Quantize.Streaming;

/// <summary>One file that a run fills.</summary>
/// <param name="Path">Its final path.</param>
/// <param name="PartialPath">Its path until it is complete.</param>
/// <param name="Bytes">Exact size.</param>
/// <param name="WriteHeader">Writes what precedes the first tensor; null for a file that is tensors only.</param>
internal sealed record StreamFile(string Path, string PartialPath, long Bytes, Action<Stream>? WriteHeader);
