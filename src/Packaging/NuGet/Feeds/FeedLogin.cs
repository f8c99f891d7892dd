using ModelPack.Packaging.Registries;

namespace ModelPack.Packaging.NuGet.Feeds;

/// <summary>What NuGet's configuration knows of a feed.</summary>
/// <param name="Source">Its name there.</param>
/// <param name="Credential">Name and password; null for none that can be read.</param>
/// <param name="IsEncrypted">Whether there is a password that only NuGet itself can read.</param>
public sealed record FeedLogin(string Source, Credential? Credential, bool IsEncrypted);
