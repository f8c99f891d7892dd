using System.Text.Json;

namespace ModelPack.Models.Tokenizers;

/// <summary>Finds llama.cpp's name for the rules by which a tokenizer.json splits text before BPE.</summary>
/// <remarks>
/// The rules themselves are compared, not what they do to a sample text: a vocabulary that was extended keeps its name.
/// Where families share rules, a marker token tells them apart; llama.cpp treats each such group alike.
/// </remarks>
public static class PreTokenizers
{
    /// <summary>The name for sentencepiece vocabularies, which are not split first.</summary>
    public const string Default = "default";

    // A family that shares another's rules, and a token that only it has.
    private static readonly (string Rules, string Marker, string Name)[] Families =
    [
        ("gpt-4o", "]~b]", "minimax-m2"),
        ("gpt-4o", "<|begin_of_text|>", "llama4"),
        ("llama-bpe", "[gMASK]", "glm4"),
        ("qwen2", "<｜begin▁of▁sentence｜>", "deepseek-r1-qwen"),
    ];

    /// <summary>All names that llama.cpp's loader knows, sorted.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "a.x-4.0",
        "afmoe",
        "bailingmoe",
        "bailingmoe2",
        "bloom",
        "chameleon",
        "chatglm-bpe",
        "codeshell",
        "cohere2moe",
        "command-r",
        "dbrx",
        "deepseek-coder",
        "deepseek-llm",
        "deepseek-r1-qwen",
        "deepseek-v3",
        Default,
        "exaone",
        "exaone-moe",
        "exaone4",
        "f2llmv2",
        "falcon",
        "falcon-h1",
        "falcon3",
        "gemma4",
        "gigachat",
        "glm4",
        "gpt-2",
        "gpt-4o",
        "gpt3-finnish",
        "granite-docling",
        "granite-embed-multi-311m",
        "granite-embed-multi-97m",
        "grok-2",
        "hunyuan",
        "hunyuan-dense",
        "hy_v4",
        "jais",
        "jais-2",
        "jina-de",
        "jina-es",
        "jina-v1-en",
        "jina-v2-code",
        "jina-v2-de",
        "jina-v2-es",
        "jina-v5-nano",
        "joyai-llm",
        "kanana2",
        "kimi-k2",
        "kormo",
        "laguna",
        "lfm2",
        "llada-moe",
        "llama-bpe",
        "llama-v3",
        "llama3",
        "llama4",
        "megrez",
        "mellum",
        "mellum2",
        "midm-2.0",
        "minerva-7b",
        "minicpm5",
        "minimax-m2",
        "modern-bert",
        "mpt",
        "olmo",
        "phi-2",
        "pixtral",
        "poro-chat",
        "qwen2",
        "qwen35",
        "refact",
        "roberta-bpe",
        "sarvam-moe",
        "seed-coder",
        "smaug-bpe",
        "smollm",
        "solar-open",
        "spark2_5",
        "stablelm2",
        "starcoder",
        "superbpe",
        "talkie",
        "tekken",
        "tiny_aya",
        "trillion",
        "ufakzeka",
        "viking",
        "whitespace",
        "youtu",
    ];

    /// <summary>Finds the name.</summary>
    /// <param name="tokenizer">tokenizer.json.</param>
    /// <param name="addedTokens">Texts of the added tokens.</param>
    /// <param name="keepsSpaces">Whether decoding is told to leave spaces before punctuation alone.</param>
    /// <exception cref="UnsupportedModelException">The rules are unknown; the message prints them.</exception>
    internal static string Detect(JsonFile tokenizer, IReadOnlySet<string> addedTokens, bool keepsSpaces)
    {
        JsonElement? root = JsonFile.Member(tokenizer.Root, "pre_tokenizer");
        List<string> rules = root is null ? [] : PreTokenizerRules.Read(tokenizer, root.Value);
        if (PreTokenizerTable.Find(rules) is not { } name)
        {
            throw TokenizerFaults.UnknownPreTokenizer(tokenizer.Name, rules.Count == 0 ? "(none)" : string.Join(" then ", rules));
        }

        if (name == "starcoder" && keepsSpaces)
        {
            return "smollm";
        }

        foreach ((string shared, string marker, string family) in Families)
        {
            if (name == shared && addedTokens.Contains(marker))
            {
                return family;
            }
        }

        return name;
    }
}
