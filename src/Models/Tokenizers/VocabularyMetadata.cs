using ModelPack.Models.Gguf;

namespace ModelPack.Models.Tokenizers;

/// <summary>A vocabulary as GGUF metadata: the keys, types and order of llama.cpp's converter.</summary>
/// <remarks>Source: GGUFWriter and SpecialVocab.add_to_gguf in gguf-py. Empty texts and arrays are left out, as there.</remarks>
public static class VocabularyMetadata
{
    private const string AddSpacePrefixKey = "tokenizer.ggml.add_space_prefix";

    private const int CodeLlamaSize = 32016;

    private const uint CodeLlamaEot = 32010;

    private const int GraniteSize = 49152;

    /// <summary>Appends the keys of a vocabulary.</summary>
    public static void Append(GgufMetadata metadata, Vocabulary vocabulary)
    {
        metadata["tokenizer.ggml.model"] = GgufValue.Of(vocabulary.Model == VocabularyModel.Bpe ? "gpt2" : "llama");
        metadata["tokenizer.ggml.pre"] = GgufValue.Of(vocabulary.PreTokenizer);
        metadata["tokenizer.ggml.tokens"] = GgufValue.OfArray(vocabulary.Tokens.Select(static t => t.Text).ToArray());
        if (vocabulary.Model == VocabularyModel.SentencePiece)
        {
            metadata["tokenizer.ggml.scores"] = GgufValue.OfArray(vocabulary.Tokens.Select(static t => t.Score).ToArray());
        }

        metadata["tokenizer.ggml.token_type"] = GgufValue.OfArray(vocabulary.Tokens.Select(static t => (int)t.Kind).ToArray());
        if (vocabulary.Merges.Count > 0)
        {
            metadata["tokenizer.ggml.merges"] = GgufValue.OfArray(vocabulary.Merges.ToArray());
        }

        foreach (SpecialToken token in vocabulary.SpecialTokens)
        {
            metadata[$"tokenizer.ggml.{NameOf(token.Role)}_token_id"] = GgufValue.Of((uint)token.Id);
        }

        foreach (AutomaticToken token in vocabulary.AutomaticTokens)
        {
            metadata[$"tokenizer.ggml.add_{NameOfAdded(token.Role)}_token"] = GgufValue.Of(token.Added);
        }

        AppendTemplates(metadata, vocabulary.ChatTemplates);
        if (vocabulary.Lowercase)
        {
            metadata["tokenizer.ggml.normalizer.lowercase"] = GgufValue.Of(true);
        }
    }

    /// <summary>Appends the keys of a vocabulary with what the converter does for the Llama family (Llama, Mistral, Mixtral) only.</summary>
    /// <remarks>Source: LlamaModel.set_vocab; the two sizes are CodeLlama's and Granite's.</remarks>
    public static void AppendLlama(GgufMetadata metadata, Vocabulary vocabulary)
    {
        if (vocabulary.AddSpacePrefix is { } prefix)
        {
            metadata[AddSpacePrefixKey] = GgufValue.Of(prefix);
        }

        Append(metadata, vocabulary);
        if (vocabulary.Size == CodeLlamaSize)
        {
            metadata["tokenizer.ggml.eot_token_id"] = GgufValue.Of(CodeLlamaEot);
        }

        if (vocabulary.Size == GraniteSize)
        {
            metadata["tokenizer.ggml.add_bos_token"] = GgufValue.Of(false);
        }
    }

    private static void AppendTemplates(GgufMetadata metadata, IReadOnlyList<ChatTemplate> templates)
    {
        foreach (ChatTemplate template in templates.Where(static t => t.Name != "default" && t.Text.Length > 0))
        {
            metadata[$"tokenizer.chat_template.{template.Name}"] = GgufValue.Of(template.Text);
        }

        string[] names = [.. templates.Select(static t => t.Name).Where(static n => n != "default").Distinct()];
        if (names.Length > 0)
        {
            metadata["tokenizer.chat_templates"] = GgufValue.OfArray(names);
        }

        if (templates.LastOrDefault(static t => t.Name == "default") is { Text.Length: > 0 } main)
        {
            metadata["tokenizer.chat_template"] = GgufValue.Of(main.Text);
        }
    }

    private static string NameOf(SpecialTokenRole role) => role switch
    {
        SpecialTokenRole.Bos => "bos",
        SpecialTokenRole.Eos => "eos",
        SpecialTokenRole.Unk => "unknown",
        // The format's own spelling.
        SpecialTokenRole.Sep => "seperator",
        SpecialTokenRole.Pad => "padding",
        SpecialTokenRole.Cls => "cls",
        SpecialTokenRole.Mask => "mask",
        SpecialTokenRole.Eot => "eot",
        _ => "eom",
    };

    private static string NameOfAdded(SpecialTokenRole role) => role == SpecialTokenRole.Sep ? "sep" : NameOf(role);
}
