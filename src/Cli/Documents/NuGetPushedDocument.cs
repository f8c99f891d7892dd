namespace ModelPack.Cli.Documents;

/// <summary>One package of a push.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Version">Its version.</param>
/// <param name="Bytes">Of the file.</param>
/// <param name="State">"sent"; "same": it was there, byte by byte; "exists": it was there and could not be compared.</param>
internal sealed record NuGetPushedDocument(string Id, string Version, long Bytes, string State);
