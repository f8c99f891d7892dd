namespace ModelPack.Packaging.Registries;

/// <summary>An upload under way.</summary>
/// <param name="Location">Where its next part goes.</param>
/// <param name="Offset">Bytes that the registry has.</param>
/// <param name="MinChunk">Smallest chunk that the registry takes, the last but one.</param>
internal sealed record UploadSession(Uri Location, long Offset, long MinChunk)
{
    /// <summary>Whether bytes of an earlier run count.</summary>
    public bool IsResumed { get; init; }
}
