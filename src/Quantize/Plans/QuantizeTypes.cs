using ModelPack.Models.Architectures;
using ModelPack.Models.Conversion;
using ModelPack.Models.Gguf;
using ModelPack.Quantize.Mixtures;
using ModelPack.Quantize.Rules;

namespace ModelPack.Quantize.Plans;

/// <summary>Chooses types as llama-quantize does: rules first, then the preset's mixture, then what the shape allows.</summary>
/// <remarks>Source: llama.cpp v0.5.0, src/llama-quant.cpp, llama_tensor_get_type.</remarks>
internal static class QuantizeTypes
{
    /// <summary>The type of every tensor, by GGUF name.</summary>
    /// <param name="model">What is quantized.</param>
    /// <param name="tensors">Its tensors in the order of <see cref="GgufTensorOrder"/>.</param>
    /// <param name="options">Preset, rules, and whether there is an importance matrix.</param>
    public static Dictionary<string, TypeChoice> Choose(
        GgufModel model, IReadOnlyList<GgufModelTensor> tensors, QuantizeOptions options)
    {
        QuantPreset preset = options.Preset;
        HashSet<string> isFixed = [.. tensors.Where(static t => !AllowsQuantization(t)).Select(static t => t.Name)];
        RuleSubject[] subjects = [.. tensors.Select(static t => new RuleSubject(t.Name, PathOf(t.Name), t.Experts))];
        options.Methods?.Check(subjects);
        RuleSet rules = new(options.Rules, subjects, isFixed.Contains);
        MixtureWalk walk = new(
            preset, ModelTraits.From(model.Metadata), tensors.Select(static t => t.Name), options.Importance is not null);
        Dictionary<string, TypeChoice> choices = [];
        foreach (GgufModelTensor tensor in tensors)
        {
            choices.Add(tensor.Name, isFixed.Contains(tensor.Name)
                ? new(tensor.BaseType, TypeReason.Kept)
                : ChooseOne(tensor, rules.Find(tensor.Name), preset, walk));
        }

        return choices;
    }

    /// <summary>Whether llama-quantize would change the tensor's type at all.</summary>
    public static bool AllowsQuantization(GgufModelTensor tensor) =>
        TensorCategories.AllowsQuantization(tensor.Name, tensor.Shape);

    private static string? PathOf(string name) => GgufNames.TryParse(name, out TensorRole role) ? role.ToString() : null;

    private static TypeChoice ChooseOne(GgufModelTensor tensor, TypeRule? rule, QuantPreset preset, MixtureWalk walk)
    {
        long columns = tensor.Shape[0];

        // A tensor that a rule decides does not move the mixture's counters: llama-quantize does not ask it then.
        GgmlType wanted = rule?.Type ?? walk.Next(tensor.Name, columns);
        GgmlType type = TypeFallback.For(wanted, columns);
        return type != wanted
                ? new(type, TypeReason.Fallback, $"{columns} columns; {wanted} needs a multiple of {wanted.BlockWeights}")
            : rule is not null ? new(type, TypeReason.Rule, rule.Text)
            : new(type, type == preset.Default ? TypeReason.Preset : TypeReason.Mixture);
    }
}
