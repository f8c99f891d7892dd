namespace ModelPack.Models.Tokenizers.Encoders;

/// <summary>How llama.cpp splits text before BPE, by tokenizer.ggml.pre.</summary>
/// <param name="Splits">Patterns, one after another; each cuts the pieces of the one before.</param>
/// <param name="IgnoresMerges">Whether a word that is a token is that token.</param>
/// <param name="AddsBos">Whether BOS is added where the file does not say.</param>
/// <remarks>
/// Source: llm_tokenizer_bpe and the names in llama_vocab::impl::load of llama.cpp, the version that the tests load. Names that are
/// missing here are refused. What differs from the original tokenizers: capital letters are told from small ones in ASCII only
/// (gpt-4o, tekken), and Kimi's words do not end where a capital follows.
/// </remarks>
internal sealed record RuntimeRules(IReadOnlyList<string> Splits, bool IgnoresMerges = false, bool AddsBos = false)
{
    private const string Contractions = "(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])";

    private const string Prefix = @"[^\r\n\p{L}\p{N}]?";

    private const string Word = Prefix + @"\p{L}+";

    private const string Punctuation = @" ?[^\s\p{L}\p{N}]+[\r\n]*";

    private const string Spaces = @"\s*[\r\n]+|\s+(?!\S)|\s+";

    private const string Upper = @"[\p{L}&&[^a-z]]";

    private const string Lower = @"[\p{L}&&[^A-Z]]";

    private const string Triples = @"\p{N}{1,3}";

    private const string Cjk = "[一-龥\u3040-ゟ゠-ヿ]+";

    private const string Cased = $"{Prefix}{Upper}*{Lower}+{Contractions}?|{Prefix}{Upper}+{Lower}*{Contractions}?";

    private const string Marks = @"[!""#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+";

    private const string DeepSeek = Marks + @"| ?[\p{P}\p{S}]+[\r\n]*|" + Spaces;

    private const string Slashes = @" ?[^\s\p{L}\p{N}]+[\r\n/]*";

    private const string Han = @"\u4E00-\u9FFF\u3400-\u4DBF\x{20000}-\x{2A6DF}\x{2A700}-\x{2B73F}\x{2B740}-\x{2B81F}\x{2B820}-\x{2CEAF}"
        + @"\x{2CEB0}-\x{2EBEF}\uF900-\uFAFF\x{2F800}-\x{2FA1F}";

    private const string KimiWord = $@"{Prefix}[\p{{L}}&&[^{Han}]]+{Contractions}?";

    private const string Bloom = " ?[^(\\s|.,!?…。，、।۔،)]+";

    private static readonly RuntimeRules Gpt2 = new([PreTokenizerRules.Gpt2]);

    private static readonly RuntimeRules Llama3 = new([$"{Contractions}|{Word}|{Triples}|{Punctuation}|{Spaces}"], IgnoresMerges: true, AddsBos: true);

    private static readonly RuntimeRules Qwen2 = new([$@"{Contractions}|{Word}|\p{{N}}|{Punctuation}|{Spaces}"]);

    private static readonly RuntimeRules DeepSeek3 = new([Triples, Cjk, DeepSeek]);

    private static readonly RuntimeRules StarCoder = new([@"\p{N}", PreTokenizerRules.Gpt2]);

    private static readonly RuntimeRules Gpt4o = new([$"{Cased}|{Triples}|{Slashes}|{Spaces}"]);

    private static readonly RuntimeRules Blooms = new([Bloom]);

    private static readonly (string Name, RuntimeRules Rules)[] Known =
    [
        ("a.x-4.0", Gpt2),
        ("bailingmoe", new([$@"'(?:[sSdDmMtT]|[lL][lL]|[vV][eE]|[rR][eE])|{Word}|\p{{N}}|{Punctuation}|\s*[\r\n]|\s+(?!\S)|\s+"])),
        ("bloom", Blooms),
        ("chatglm-bpe", Llama3 with { IgnoresMerges = false, AddsBos = false }),
        ("codeshell", StarCoder),
        ("command-r", StarCoder),
        ("dbrx", Llama3 with { IgnoresMerges = false, AddsBos = false }),
        ("deepseek-coder", new([@"[\r\n]", @"\s?\p{L}+", @"\s?\p{P}+", "[一-龥ࠀ-一가-퟿]+", @"\p{N}"])),
        ("deepseek-r1-qwen", Qwen2),
        ("deepseek-v3", DeepSeek3),
        ("exaone", StarCoder),
        ("exaone4", Gpt2),
        ("f2llmv2", Qwen2),
        ("falcon", new([@"[\p{P}\$\+<=>\^~\|`]+", PreTokenizerRules.Gpt2, "[0-9][0-9][0-9]"])),
        ("falcon-h1", Llama3),
        ("falcon3", Llama3),
        ("gigachat", Gpt2),
        ("glm4", Llama3 with { IgnoresMerges = false, AddsBos = false }),
        ("gpt-2", Gpt2),
        ("gpt-4o", Gpt4o),
        ("gpt3-finnish", Blooms),
        ("granite-docling", Gpt2),
        ("grok-2", Qwen2),
        ("hunyuan", Qwen2),
        ("hunyuan-dense", DeepSeek3),
        ("hy_v4", DeepSeek3),
        ("jais", Gpt2),
        ("jina-de", Gpt2),
        ("jina-es", Gpt2),
        ("jina-v2-de", Gpt2),
        ("jina-v2-es", Gpt2),
        ("jina-v5-nano", Llama3),
        ("joyai-llm", DeepSeek3),
        ("kanana2", Gpt4o),
        ("kimi-k2", new([$@"[{Han}]+|{KimiWord}|{Triples}|{Punctuation}|{Spaces}"])),
        ("kormo", Qwen2),
        ("lfm2", Llama3),
        ("llada-moe", new([$@"'(?:[sSdDmMtT]|[lL][lL]|[vV][eE]|[rR][eE])|{Word}|\p{{N}}|{Punctuation}|\s*[\r\n]|\s+(?!\S)|\s+"])),
        ("llama-bpe", Llama3),
        ("llama-v3", Llama3),
        ("llama3", Llama3),
        ("llama4", Gpt4o),
        ("megrez", Qwen2),
        ("mellum", Gpt2),
        ("mellum2", StarCoder),
        ("midm-2.0", Llama3),
        ("minerva-7b", StarCoder),
        ("minimax-m2", Gpt4o),
        ("modern-bert", Gpt2),
        ("mpt", Gpt2),
        ("olmo", Gpt2),
        ("phi-2", Gpt2),
        ("pixtral", Llama3),
        ("poro-chat", Blooms),
        ("qwen2", Qwen2),
        ("qwen35", new([$@"{Contractions}|{Prefix}[\p{{L}}\p{{M}}]+|\p{{N}}| ?[^\s\p{{L}}\p{{M}}\p{{N}}]+[\r\n]*|{Spaces}"])),
        ("refact", StarCoder),
        ("seed-coder", new([$@"{Contractions}|{Word}|\p{{N}}{{1}}| ?[^\s\p{{L}}\p{{N}}\r\n]+|{Spaces}"])),
        ("smaug-bpe", Llama3 with { IgnoresMerges = false, AddsBos = false }),
        ("smollm", StarCoder),
        ("solar-open", Qwen2),
        ("stablelm2", Qwen2),
        ("starcoder", StarCoder),
        ("talkie", Gpt4o),
        ("tekken", new(
            [$@"{Prefix}{Upper}*{Lower}+|{Prefix}{Upper}+{Lower}*|\p{{N}}|{Slashes}|{Spaces}"], IgnoresMerges: true, AddsBos: true)),
        ("trillion", Gpt2),
        ("ufakzeka", new([$@"{Word}|\p{{N}}|{Punctuation}|{Spaces}"])),
        ("viking", new([Bloom, @"\p{N}"])),
    ];

    /// <summary>Kimi K2 as its own tokenizer code has it: for a folder, where no llama.cpp need be followed.</summary>
    public static RuntimeRules KimiOriginal { get; } = new([PreTokenizerTable.Kimi]);

    /// <summary>Names that are known, sorted.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Known.Select(static k => k.Name)];

    /// <summary>Finds rules; null when the name is not known here.</summary>
    public static RuntimeRules? Find(string name)
    {
        foreach ((string known, RuntimeRules rules) in Known)
        {
            if (known == name)
            {
                return rules;
            }
        }

        return null;
    }
}
