namespace ModelPack.Models.Onnx.Folder;

/// <summary>A small file of an exported folder, held in memory.</summary>
/// <param name="Name">File name, without any folder.</param>
/// <param name="Content">All of it.</param>
public sealed record GenAiFile(string Name, ReadOnlyMemory<byte> Content);
