namespace ModelPack.Models.Gguf;

/// <summary>One file of a model to be written.</summary>
/// <param name="Path">Where it goes.</param>
/// <param name="Layout">Its header and the places of its tensors.</param>
/// <param name="FirstTensor">Index of its first tensor in the list of all tensors.</param>
public sealed record GgufSplitPart(string Path, GgufLayout Layout, int FirstTensor);
