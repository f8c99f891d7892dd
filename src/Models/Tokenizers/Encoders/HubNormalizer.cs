using System.Text;
using System.Text.Json;
using ModelPack.Models.Tokenizers.Normalization;
using ModelPack.Models.Tokenizers.Patterns;

namespace ModelPack.Models.Tokenizers.Encoders;

/// <summary>The normalizer of tokenizer.json.</summary>
internal sealed class HubNormalizer
{
    private const int MaxSteps = 64;

    private const int MaxInsertion = 1000;

    private const int MaxGrowth = 16;

    private readonly JsonFile _file;
    private readonly List<Func<string, string>> _steps = [];

    private HubNormalizer(JsonFile file) => _file = file;

    /// <summary>Reads it; none leaves text as it is.</summary>
    /// <exception cref="UnsupportedModelException">A kind that is not known here.</exception>
    public static HubNormalizer Read(JsonFile file)
    {
        HubNormalizer normalizer = new(file);
        if (JsonFile.Member(file.Root, "normalizer") is { } root)
        {
            normalizer.Add(root, "normalizer");
        }

        return normalizer;
    }

    /// <summary>Normalizes a text; the same object when nothing changes.</summary>
    public string Apply(string text)
    {
        long most = MaxGrowth * (text.Length + (long)MaxInsertion);
        foreach (Func<string, string> step in _steps)
        {
            text = step(text);
            if (text.Length > most)
            {
                throw EncoderFaults.Unsupported(_file.Name, "normalizer", $"growth of a text by more than {MaxGrowth} times");
            }
        }

        return text;
    }

    private void Add(JsonElement rule, string place)
    {
        if (_steps.Count == MaxSteps)
        {
            throw EncoderFaults.Unsupported(_file.Name, place, $"a list of more than {MaxSteps} steps");
        }

        string type = _file.TypeOf(rule, place);
        switch (type)
        {
            case "Sequence":
                place += ".normalizers";
                JsonElement parts = JsonFile.Member(rule, "normalizers") ?? rule;
                foreach (JsonElement part in _file.Require(parts, JsonValueKind.Array, place, "an array").EnumerateArray())
                {
                    Add(part, place);
                }

                break;
            case "NFC":
                _steps.Add(CanonicalForm.Compose);
                break;
            case "NFD":
                _steps.Add(CanonicalForm.Decompose);
                break;
            case "Lowercase":
                _steps.Add(Lower);
                break;
            case "Prepend":
                string prefix = Insertion(rule, "prepend", place);
                _steps.Add(text => text.Length == 0 ? text : prefix + text);
                break;
            case "Replace":
                AddReplace(rule, place);
                break;
            case "Strip":
                AddStrip(rule);
                break;
            default:
                throw EncoderFaults.Unsupported(_file.Name, place, $"a normalizer of type {TokenizerFaults.Quote(type)}");
        }
    }

    private void AddStrip(JsonElement rule)
    {
        if (JsonFile.Flag(rule, "strip_left") ?? true)
        {
            _steps.Add(static text => text.TrimStart());
        }

        if (JsonFile.Flag(rule, "strip_right") ?? true)
        {
            _steps.Add(static text => text.TrimEnd());
        }
    }

    private void AddReplace(JsonElement rule, string place)
    {
        string content = Insertion(rule, "content", place);
        JsonElement pattern = JsonFile.Member(rule, "pattern") ?? rule;
        if (JsonFile.Member(pattern, "String") is { } literal)
        {
            string text = _file.Text(literal, place + ".pattern.String");
            string from = text.Length > 0 ? text : throw EncoderFaults.Unsupported(_file.Name, place, "an empty pattern");
            _steps.Add(t => t.Replace(from, content, StringComparison.Ordinal));
            return;
        }

        JsonElement regex = JsonFile.Member(pattern, "Regex") ?? throw _file.Expected(place + ".pattern", pattern, "Regex or String");
        Pattern compiled = Pattern.Parse($"{_file.Name}: {place}", _file.Text(regex, place + ".pattern.Regex"));
        _steps.Add(t => Replace(t, compiled, content));
    }

    private string Insertion(JsonElement rule, string name, string place)
    {
        string text = JsonFile.Member(rule, name) is { } value ? _file.Text(value, $"{place}.{name}") : "";
        return text.Length <= MaxInsertion
            ? text
            : throw EncoderFaults.Unsupported(_file.Name, $"{place}.{name}", $"a text of more than {MaxInsertion} characters");
    }

    private static string Replace(string text, Pattern pattern, string content)
    {
        PatternRun run = new();
        long steps = Pattern.StepsFor(text.Length);
        StringBuilder result = new(text.Length);
        for (int at = 0; at < text.Length;)
        {
            int end = pattern.Match(text, 0, text.Length, at, run, ref steps);
            if (end > at)
            {
                result.Append(content);
                at = end;
                continue;
            }

            int width = at + 1 < text.Length && char.IsSurrogatePair(text[at], text[at + 1]) ? 2 : 1;
            result.Append(text, at, width);
            at += width;
        }

        return result.ToString();
    }

    /// <summary>Lower case code point by code point, as Rust's char::to_lowercase; only U+0130 becomes two.</summary>
    private static string Lower(string text) => text.Replace("\u0130", "i\u0307", StringComparison.Ordinal).ToLowerInvariant();
}
