using ModelPack.Models;
using ModelPack.Quantize.Rules;

namespace ModelPack.Quantize.Onnx;

/// <summary>A rule of the user for an ONNX export: tensors, or experts of one, that a pattern matches get a type of their own.</summary>
/// <param name="Text">The rule as typed: "layers.*.experts.{0,5}=int8".</param>
/// <param name="Pattern">Which.</param>
/// <param name="Type">Their type.</param>
public sealed record OnnxRule(string Text, RulePattern Pattern, OnnxType Type)
{
    /// <summary>Reads "PATTERN=TYPE".</summary>
    /// <exception cref="RuleSyntaxException">The message points at the column where it goes wrong.</exception>
    public static OnnxRule Parse(string text)
    {
        int equals = text.IndexOf('=');
        if (equals < 0)
        {
            throw new RuleSyntaxException(text, text.Length + 1, "expected '=' and a type");
        }

        RulePattern pattern = RulePattern.Parse(text[..equals], text);
        try
        {
            return new(text, pattern, OnnxType.Parse(text[(equals + 1)..]));
        }
        catch (ModelPackException fault)
        {
            throw new RuleSyntaxException(text, equals + 2, fault.Message);
        }
    }

    public override string ToString() => Text;
}
