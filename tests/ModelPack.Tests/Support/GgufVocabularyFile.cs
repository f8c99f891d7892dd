using ModelPack.Models.Gguf;
using ModelPack.Models.Tokenizers;

namespace ModelPack.Tests.Support;

/// <summary>A vocabulary in a GGUF file without tensors, opened by us and loaded by llama.cpp.</summary>
internal sealed class GgufVocabularyFile : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"vocabulary-{Guid.NewGuid():N}.gguf");

    public GgufVocabularyFile(Vocabulary vocabulary)
        : this(MetadataOf(vocabulary))
    {
    }

    public GgufVocabularyFile(GgufMetadata metadata)
    {
        File.WriteAllBytes(_path, VocabularyGguf.Write(metadata));
        Gguf = GgufFile.Open(_path);
        Model = LlamaCpp.Load(_path, vocabularyOnly: true);
    }

    /// <summary>The file as we read it.</summary>
    public GgufFile Gguf { get; }

    /// <summary>The file as llama.cpp reads it.</summary>
    public LlamaModel Model { get; }

    public void Dispose()
    {
        Model.Dispose();
        Gguf.Dispose();
        File.Delete(_path);
    }

    private static GgufMetadata MetadataOf(Vocabulary vocabulary)
    {
        GgufMetadata metadata = new() { { "general.architecture", GgufValue.Of("llama") } };
        VocabularyMetadata.Append(metadata, vocabulary);
        return metadata;
    }
}
