namespace ModelPack.Licensing.Identity;

/// <summary>A license text that is known, as hashes: enough to recognize it, not enough to print it.</summary>
/// <param name="Id">SPDX id or LicenseRef id.</param>
/// <param name="SameText">Other ids with the same words.</param>
/// <param name="Shingles">Hashes of each run of three words, in the text's order (<see cref="WordHash"/>).</param>
/// <param name="Phrases">Words that carry the version; a text that lacks one of them is another version or a copy for another model.</param>
internal sealed record LicenseReference(
    string Id,
    IReadOnlyList<string> SameText,
    int[] Shingles,
    IReadOnlyList<IReadOnlyList<uint>> Phrases);
