using System.Text.Json;

namespace ModelPack.Models.Tokenizers.Encoders;

/// <summary>Reads from tokenizer.json's post_processor which ids are put around a single text.</summary>
internal static class HubTemplate
{
    private const int MaxAdded = 64;

    /// <summary>Reads them.</summary>
    /// <param name="file">tokenizer.json.</param>
    /// <param name="ids">Ids by text.</param>
    /// <param name="added">Added tokens.</param>
    /// <exception cref="UnsupportedModelException">A kind that is not known here, or a template without exactly one text.</exception>
    public static (List<int> Before, List<int> After) Read(JsonFile file, Dictionary<string, int> ids, IReadOnlyList<HubToken> added)
    {
        (List<int> Before, List<int> After) around = ([], []);
        Dictionary<string, int> all = new(ids);
        foreach (HubToken token in added)
        {
            all[token.Text] = token.Id;
        }

        if (JsonFile.Member(file.Root, "post_processor") is { } root)
        {
            Add(file, root, "post_processor", all, around);
        }

        return around;
    }

    /// <summary>Puts a token at the outer end, or takes it away, where tokenizer_config.json says so.</summary>
    /// <param name="tokens">Tokens before or after a text.</param>
    /// <param name="id">The token; null leaves all as it is.</param>
    /// <param name="wanted">What the file says; null for nothing.</param>
    /// <param name="first">Whether the outer end is the first.</param>
    public static void Settle(List<int> tokens, int? id, bool? wanted, bool first)
    {
        bool there = tokens.Count > 0 && tokens[first ? 0 : ^1] == id;
        if (id is not { } token || wanted is null || wanted == there)
        {
            return;
        }

        int place = first ? 0 : tokens.Count;
        if (there)
        {
            tokens.RemoveAt(first ? 0 : tokens.Count - 1);
        }
        else
        {
            tokens.Insert(place, token);
        }
    }

    private static void Add(
        JsonFile file, JsonElement rule, string place, Dictionary<string, int> ids, (List<int> Before, List<int> After) around)
    {
        string type = file.TypeOf(rule, place);
        switch (type)
        {
            case "ByteLevel":
                break;
            case "Sequence":
                JsonElement parts = JsonFile.Member(rule, "processors") ?? rule;
                foreach (JsonElement part in file.Require(parts, JsonValueKind.Array, place + ".processors", "an array").EnumerateArray())
                {
                    Add(file, part, place + ".processors", ids, around);
                }

                break;
            case "TemplateProcessing":
                AddTemplate(file, rule, place, ids, around);
                break;
            case "RobertaProcessing" or "BertProcessing":
                around.Before.Insert(0, Pair(file, rule, "cls", place, ids));
                around.After.Add(Pair(file, rule, "sep", place, ids));
                break;
            default:
                throw EncoderFaults.Unsupported(file.Name, place, $"a post-processor of type {TokenizerFaults.Quote(type)}");
        }
    }

    private static void AddTemplate(
        JsonFile file, JsonElement rule, string place, Dictionary<string, int> ids, (List<int> Before, List<int> After) around)
    {
        JsonElement single = JsonFile.Member(rule, "single") ?? rule;
        List<int> before = [];
        List<int> after = [];
        int texts = 0;
        foreach (JsonElement item in file.Require(single, JsonValueKind.Array, place + ".single", "an array").EnumerateArray())
        {
            if (JsonFile.Member(item, "Sequence") is not null)
            {
                texts++;
                continue;
            }

            JsonElement token = JsonFile.Member(item, "SpecialToken") ?? throw file.Expected(place + ".single", item, "a token or a text");
            string name = file.Text(JsonFile.Member(token, "id") ?? token, place + ".single.SpecialToken.id");
            (texts == 0 ? before : after).AddRange(Ids(file, rule, name, place, ids));
            if (before.Count + after.Count > MaxAdded)
            {
                throw EncoderFaults.Unsupported(file.Name, place + ".single", $"a list of more than {MaxAdded} tokens");
            }
        }

        if (texts != 1)
        {
            throw EncoderFaults.Unsupported(file.Name, place + ".single", $"a template of {texts} texts");
        }

        around.Before.InsertRange(0, before);
        around.After.AddRange(after);
    }

    private static IEnumerable<int> Ids(JsonFile file, JsonElement rule, string name, string place, Dictionary<string, int> ids)
    {
        if (JsonFile.Member(rule, "special_tokens") is { } named && JsonFile.Member(named, name) is { } token
            && JsonFile.Member(token, "ids") is { ValueKind: JsonValueKind.Array } list)
        {
            return list.EnumerateArray().Select(id => file.Id(id, $"{place}.special_tokens.ids", VocabularyReader.MaxTokens));
        }

        return [ids.TryGetValue(name, out int known) ? known : throw EncoderFaults.UnknownToken(file.Name, place + ".single", name)];
    }

    private static int Pair(JsonFile file, JsonElement rule, string name, string place, Dictionary<string, int> ids)
    {
        JsonElement pair = JsonFile.Member(rule, name) ?? rule;
        string text = pair.ValueKind == JsonValueKind.Array && pair.GetArrayLength() == 2
            ? file.Text(pair[0], $"{place}.{name}")
            : throw file.Expected($"{place}.{name}", pair, "a token and its id");
        return ids.TryGetValue(text, out int id) ? id : throw EncoderFaults.UnknownToken(file.Name, $"{place}.{name}", text);
    }
}
