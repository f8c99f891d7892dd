namespace ModelPack.Packaging.Registries.Profiles;

/// <summary>How a registry takes large blobs.</summary>
public enum UploadStyle
{
    /// <summary>Not known: chunks are tried, and a registry that refuses the first gets blobs whole.</summary>
    Probe,

    /// <summary>In chunks, after each of which an upload can go on.</summary>
    Chunked,

    /// <summary>In one request.</summary>
    Monolithic,
}
