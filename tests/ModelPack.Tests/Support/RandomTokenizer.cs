using System.Text.Json.Nodes;

namespace ModelPack.Tests.Support;

/// <summary>A byte-level BPE tokenizer of any size up to 9095 tokens: 256 bytes, then pairs of printable ASCII, then three specials.</summary>
/// <remarks>It splits text as Qwen2 does.</remarks>
internal static class RandomTokenizer
{
    private const string Split =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private static readonly string[] Specials = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"];

    /// <summary>Writes tokenizer.json and tokenizer_config.json.</summary>
    public static void Write(string folder, int vocabulary)
    {
        (JsonObject tokens, JsonArray merges) = Vocabulary(vocabulary - Specials.Length);
        JsonObject tokenizer = new()
        {
            ["version"] = "1.0",
            ["truncation"] = null,
            ["padding"] = null,
            ["added_tokens"] = new JsonArray([.. Specials.Select((s, i) => Special(s, vocabulary - Specials.Length + i))]),
            ["normalizer"] = new JsonObject { ["type"] = "NFC" },
            ["pre_tokenizer"] = new JsonObject
            {
                ["type"] = "Sequence",
                ["pretokenizers"] = new JsonArray(
                    new JsonObject
                    {
                        ["type"] = "Split",
                        ["pattern"] = new JsonObject { ["Regex"] = Split },
                        ["behavior"] = "Isolated",
                        ["invert"] = false,
                    },
                    ByteLevel()),
            },
            ["post_processor"] = ByteLevel(),
            ["decoder"] = ByteLevel(),
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["dropout"] = null,
                ["unk_token"] = null,
                ["continuing_subword_prefix"] = null,
                ["end_of_word_suffix"] = null,
                ["fuse_unk"] = false,
                ["byte_fallback"] = false,
                ["ignore_merges"] = false,
                ["vocab"] = tokens,
                ["merges"] = merges,
            },
        };
        JsonObject config = new()
        {
            ["bos_token"] = null,
            ["eos_token"] = Specials[2],
            ["pad_token"] = Specials[0],
            ["add_bos_token"] = false,
            ["tokenizer_class"] = "Qwen2Tokenizer",
        };
        File.WriteAllText(Path.Combine(folder, "tokenizer.json"), tokenizer.ToJsonString());
        File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), config.ToJsonString());
    }

    private static (JsonObject Tokens, JsonArray Merges) Vocabulary(int count)
    {
        JsonObject tokens = [];
        JsonArray merges = [];
        string[] bytes = [.. ByteLetters()];
        foreach (string letter in bytes)
        {
            tokens[letter] = tokens.Count;
        }

        string[] printable = bytes[..94];
        for (int i = 0; tokens.Count < count; i++)
        {
            string left = printable[i / printable.Length];
            string right = printable[i % printable.Length];
            tokens[left + right] = tokens.Count;
            merges.Add(new JsonArray(left, right));
        }

        return (tokens, merges);
    }

    /// <summary>GPT-2's letter for each byte, those that stand for themselves first.</summary>
    private static IEnumerable<string> ByteLetters()
    {
        IEnumerable<int> own = [.. Enumerable.Range('!', 94), .. Enumerable.Range(0xA1, 12), .. Enumerable.Range(0xAE, 82)];
        return own.Concat(Enumerable.Range(0x100, 256 - 188)).Select(static c => ((char)c).ToString());
    }

    private static JsonObject ByteLevel() => new()
    {
        ["type"] = "ByteLevel",
        ["add_prefix_space"] = false,
        ["trim_offsets"] = false,
        ["use_regex"] = false,
    };

    private static JsonObject Special(string content, int id) => new()
    {
        ["id"] = id,
        ["content"] = content,
        ["single_word"] = false,
        ["lstrip"] = false,
        ["rstrip"] = false,
        ["normalized"] = false,
        ["special"] = true,
    };
}
