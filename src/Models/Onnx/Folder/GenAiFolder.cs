using ModelPack.Models.Architectures;
using ModelPack.Models.Cards;
using ModelPack.Models.Checkpoints;
using ModelPack.Models.Tokenizers;
using JsonFile = ModelPack.Models.Tokenizers.JsonFile;

namespace ModelPack.Models.Onnx.Folder;

/// <summary>What ONNX Runtime GenAI 0.15 needs beside a graph: its config, the tokenizer, the chat template, card and licenses.</summary>
public static class GenAiFolder
{
    /// <summary>No license text is longer.</summary>
    private const long MaxLicenseBytes = 4 << 20;

    private const long MaxCardBytes = 16 << 20;

    private const int MaxLicenseFiles = 64;

    /// <summary>Makes the files, in memory.</summary>
    /// <param name="checkpoint">The source.</param>
    /// <param name="spec">Its description.</param>
    /// <param name="options">What the exporter adds.</param>
    /// <returns>The files, in ordinal order of their names; a tokenizer.json has some 10 MB.</returns>
    /// <exception cref="UnsupportedModelException">A tokenizer that GenAI cannot load: sentencepiece without tokenizer.json.</exception>
    /// <exception cref="InvalidCheckpointException">A file of the source is broken, too long, or a link that leaves its folder.</exception>
    /// <exception cref="ModelPackException">A file cannot be read.</exception>
    public static IReadOnlyList<GenAiFile> Create(Checkpoint checkpoint, DecoderSpec spec, GenAiFolderOptions options)
    {
        FolderFiles files = new(checkpoint.Folder);
        using JsonFile? settings = JsonFile.TryOpen(checkpoint.Folder, GenAiTokenizer.SettingsName, GenAiTokenizer.MaxSmallBytes);
        Vocabulary vocabulary = VocabularyReader.Read(checkpoint.Folder, spec.VocabularySize, new VocabularyOptions());
        GenAiTokenizer.Write(files, checkpoint.Folder, vocabulary, settings);
        GenerationSettings generation = GenerationSettings.Read(checkpoint, vocabulary, key => Named(settings, key, vocabulary));
        GenAiConfig.Write(files, checkpoint, spec, generation, options);
        files.CopyIfThere(ModelCardReader.FileName, MaxCardBytes);
        foreach (string name in LicenseFiles(checkpoint.Folder, options.IsLicenseFile))
        {
            files.CopyIfThere(name, MaxLicenseBytes);
        }

        return files.All;
    }

    private static int? Named(JsonFile? settings, string key, Vocabulary vocabulary)
    {
        string? text = settings is null ? null : TokenizerSettings.TextOf(settings, JsonFile.Member(settings.Root, key), key);
        for (int id = 0; text is not null && id < vocabulary.Size; id++)
        {
            if (vocabulary.Tokens[id].Text == text)
            {
                return id;
            }
        }

        return null;
    }

    private static string[] LicenseFiles(string folder, Func<string, bool> isLicense) =>
        [.. Directory.EnumerateFiles(folder)
            .Select(static path => Path.GetFileName(path))
            .Where(name => name != ModelCardReader.FileName && isLicense(name))
            .Order(StringComparer.Ordinal)
            .Take(MaxLicenseFiles)];
}
