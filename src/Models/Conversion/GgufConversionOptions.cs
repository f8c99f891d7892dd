namespace ModelPack.Models.Conversion;

/// <summary>What a user may say about a conversion.</summary>
/// <param name="Name">general.name; null takes it from the card, the config or the folder.</param>
/// <param name="FolderName">Name of the model's folder, the last source of a name; null where there is none.</param>
/// <param name="KeepTiedHead">
/// Keeps a head that is stored although the config ties it to the embedding, as llama.cpp's converter does (for all but
/// DeepSeek): its bytes are then those of llama.cpp, and a head that is not equal to the embedding is not lost.
/// </param>
public sealed record GgufConversionOptions(string? Name = null, string? FolderName = null, bool KeepTiedHead = true);
