using ModelPack.Quantize.Onnx;

namespace ModelPack.Cli.Documents;

/// <summary>What <c>modelpack verify --json</c> prints; fields are added, never renamed.</summary>
internal sealed record VerifyDocument
{
    public int SchemaVersion { get; init; } = 1;

    public required string Path { get; init; }

    /// <summary>"onnx", "layout", "package", "nuget", "reference" or "signature".</summary>
    public required string Format { get; init; }

    /// <summary>Whether nothing was found.</summary>
    public required bool Valid { get; init; }

    /// <summary>Number of files.</summary>
    public required int Files { get; init; }

    /// <summary>Their size.</summary>
    public required long Bytes { get; init; }

    /// <summary>Bytes whose hash was compared.</summary>
    public required long HashedBytes { get; init; }

    /// <summary>Digests of a package's manifests and indexes.</summary>
    public IReadOnlyList<string>? Digests { get; init; }

    /// <summary>Documents that are attached to a package.</summary>
    public IReadOnlyList<AttachmentDocument>? Attached { get; init; }

    /// <summary>What is wrong: code, file, message.</summary>
    public required IReadOnlyList<FolderFinding> Findings { get; init; }
}
