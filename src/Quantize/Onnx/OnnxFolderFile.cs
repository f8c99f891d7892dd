namespace ModelPack.Quantize.Onnx;

/// <summary>A small file of an exported folder: configuration, tokenizer, model card, licence.</summary>
/// <param name="Name">Name in the folder, with '/' for subfolders.</param>
/// <param name="Content">All of it.</param>
public sealed record OnnxFolderFile(string Name, ReadOnlyMemory<byte> Content);
