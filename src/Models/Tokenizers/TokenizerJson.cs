using System.Text.Json;

namespace ModelPack.Models.Tokenizers;

/// <summary>tokenizer.json, the file of Hugging Face's fast tokenizers: the parts that a vocabulary needs.</summary>
internal sealed class TokenizerJson
{
    public const string FileName = "tokenizer.json";

    private const long MaxBytes = 256 << 20;

    private const char SpelledSpace = 'Ġ';

    /// <summary>Looks into an open file, which stays the caller's.</summary>
    /// <exception cref="UnsupportedModelException">The model is no BPE.</exception>
    /// <exception cref="InvalidCheckpointException">There is no model.</exception>
    public TokenizerJson(JsonFile file)
    {
        File = file;
        JsonElement? model = JsonFile.Member(file.Root, "model");
        Model = file.Require(model ?? file.Root, JsonValueKind.Object, "model", "an object");
        string type = model is null ? "" : file.TypeOf(Model, "model");
        // Files from before version 1 of the format have no type; what they hold is told by their members.
        if (type != "BPE" && !(type.Length == 0 && JsonFile.Member(Model, "merges") is not null))
        {
            throw TokenizerFaults.ModelType(file.Name, type.Length == 0 ? "(none)" : type);
        }
    }

    /// <summary>The file.</summary>
    public JsonFile File { get; }

    /// <summary>Its member "model".</summary>
    public JsonElement Model { get; }

    /// <summary>Sentencepiece's BPE in the fast tokenizer's clothes: Llama 2 and Mistral folders without tokenizer.model.</summary>
    /// <remarks>Source: LlamaHfVocab in gguf-py.</remarks>
    public bool IsSentencePiece => JsonFile.IsTrue(Model, "byte_fallback") && DecoderType == "Sequence";

    /// <summary>Whether decoding reads tokens as bytes in GPT-2's alphabet.</summary>
    public bool DecodesBytes => DecoderType == "ByteLevel";

    private string DecoderType =>
        JsonFile.Member(File.Root, "decoder") is { } decoder ? File.TypeOf(decoder, "decoder") : "";

    /// <summary>Opens the file; null when there is none.</summary>
    public static JsonFile? TryOpen(string folder) => JsonFile.TryOpen(folder, FileName, MaxBytes);

    /// <summary>The base vocabulary, by text and by id.</summary>
    /// <param name="size">The model's vocabulary size, the length of the result.</param>
    /// <exception cref="InvalidCheckpointException">An id beyond the size, twice, or a text twice.</exception>
    public (Dictionary<string, int> Ids, string?[] Texts) Vocabulary(int size)
    {
        JsonElement vocabulary = File.Require(
            JsonFile.Member(Model, "vocab") ?? Model, JsonValueKind.Object, "model.vocab", "an object");
        Dictionary<string, int> ids = [];
        string?[] texts = new string?[size];
        foreach (JsonProperty entry in vocabulary.EnumerateObject())
        {
            string text = File.NameOf(entry, "model.vocab");
            string place = $"model.vocab[{TokenizerFaults.Quote(text)}]";
            int id = File.Id(entry.Value, place, VocabularyReader.MaxTokens);
            if (id >= size)
            {
                throw TokenizerFaults.BeyondVocabulary(File.Name, text, id, size);
            }

            if (!ids.TryAdd(text, id))
            {
                throw TokenizerFaults.TwoIdsOneText(File.Name, text, ids[text], id);
            }

            if (texts[id] is { } other)
            {
                throw TokenizerFaults.TwoTextsOneId(File.Name, id, other, text);
            }

            texts[id] = text;
        }

        return (ids, texts);
    }

    /// <summary>Merges by rank, "left right"; in files that list pairs, a space within a part becomes U+0120.</summary>
    /// <exception cref="InvalidCheckpointException">Something that is no merge.</exception>
    public List<string> Merges()
    {
        List<string> merges = [];
        if (JsonFile.Member(Model, "merges") is not { } list)
        {
            return merges;
        }

        foreach (JsonElement merge in File.Require(list, JsonValueKind.Array, "model.merges", "an array").EnumerateArray())
        {
            merges.Add(merge.ValueKind == JsonValueKind.Array ? Pair(merge, merges.Count) : Line(merge, merges.Count));
        }

        return merges;
    }

    private string Pair(JsonElement merge, int index)
    {
        string place = $"model.merges[{index}]";
        return merge.GetArrayLength() == 2
            ? $"{Part(merge[0], place)} {Part(merge[1], place)}"
            : throw File.Expected(place, merge, "two parts");
    }

    private string Part(JsonElement part, string place)
    {
        string text = File.Text(part, place);
        return text.Length > 0 ? text.Replace(' ', SpelledSpace) : throw File.Expected(place, part, "a text that is not empty");
    }

    private string Line(JsonElement merge, int index)
    {
        string text = File.Text(merge, $"model.merges[{index}]");
        int space = text.IndexOf(' ', StringComparison.Ordinal);
        return space > 0 && space < text.Length - 1 && space == text.LastIndexOf(' ')
            ? text
            : throw TokenizerFaults.BadMerge(File.Name, index, text);
    }
}
