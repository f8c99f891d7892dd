namespace ModelPack.Packaging.Packing;

/// <summary>A file to pack.</summary>
/// <param name="Path">Path in the package, with '/'.</param>
/// <param name="Source">The file; null when <paramref name="Content"/> is it.</param>
/// <param name="Content">Text that was made for the package.</param>
public sealed record PackageFile(string Path, string? Source, ReadOnlyMemory<byte> Content = default);
