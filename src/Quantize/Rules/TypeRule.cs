using ModelPack.Models.Gguf;
using ModelPack.Quantize.Mixtures;

namespace ModelPack.Quantize.Rules;

/// <summary>What a user sets against the preset: tensors that a pattern matches get a type of their own.</summary>
/// <param name="Text">The rule as typed: "layers.*.experts.*.down=q6_k".</param>
/// <param name="Pattern">Which tensors.</param>
/// <param name="Type">Their type.</param>
public sealed record TypeRule(string Text, RulePattern Pattern, GgmlType Type)
{
    private static readonly Dictionary<string, GgmlType> Types = MakeTypes();

    /// <summary>Reads "PATTERN=TYPE".</summary>
    /// <exception cref="RuleSyntaxException">The message points at the column where it goes wrong.</exception>
    public static TypeRule Parse(string text)
    {
        int equals = text.IndexOf('=');
        if (equals < 0)
        {
            throw new RuleSyntaxException(text, text.Length + 1, "expected '=' and a type");
        }

        RulePattern pattern = RulePattern.Parse(text[..equals], text);
        return Types.TryGetValue(text[(equals + 1)..].ToLowerInvariant(), out GgmlType? type)
            ? new(text, pattern, type)
            : throw new RuleSyntaxException(
                text, equals + 2, $"'{text[(equals + 1)..]}' is no type; expected one of {string.Join(", ", Types.Keys)}");
    }

    public override string ToString() => Text;

    private static Dictionary<string, GgmlType> MakeTypes()
    {
        Dictionary<string, GgmlType> types = [];
        foreach (QuantPreset preset in QuantPreset.All)
        {
            types[preset.Default.Name.ToLowerInvariant()] = preset.Default;
        }

        types["int4"] = GgmlType.Q4_K;
        types["int8"] = GgmlType.Q8_0;
        return types;
    }
}
