using System.Globalization;
using ModelPack.Models;
using ModelPack.Models.Gguf;

namespace ModelPack.Quantize.Mixtures;

/// <summary>Applies one preset to the tensors of one model, in visiting order: some rules count what came before.</summary>
/// <remarks>Source: llama.cpp v0.5.0, src/llama-quant.cpp, llama_tensor_get_type_impl and layer_info.</remarks>
internal sealed class MixtureWalk
{
    private readonly QuantPreset _preset;
    private readonly ModelTraits _model;
    private readonly bool _hasImportance;
    private readonly bool _embeddingIsHead;
    private readonly int _values;
    private int _valuesSeen;
    private int _downSeen;

    /// <param name="preset">What was asked for.</param>
    /// <param name="model">Hyperparameters.</param>
    /// <param name="names">Names of all tensors of the model, those that are never quantized included.</param>
    /// <param name="hasImportance">Whether an importance matrix is used.</param>
    public MixtureWalk(QuantPreset preset, ModelTraits model, IEnumerable<string> names, bool hasImportance)
    {
        (_preset, _model, _hasImportance) = (preset, model, hasImportance);
        TensorCategory[] categories = [.. names.Select(TensorCategories.Of)];
        _embeddingIsHead = !categories.Contains(TensorCategory.Output);
        _values = categories.Count(static c => c == TensorCategory.AttentionV);
    }

    /// <summary>The type the preset gives the next tensor, before its shape is looked at.</summary>
    /// <param name="name">GGUF name of a tensor that allows quantization.</param>
    /// <param name="columns">Row length.</param>
    public GgmlType Next(string name, long columns)
    {
        if (_preset.Mixture is not { } mixture)
        {
            return _preset.Default;
        }

        TensorCategory category = TensorCategories.Of(name);
        if (category == TensorCategory.Output || (category == TensorCategory.Embedding && _embeddingIsHead))
        {
            return TypeOfHead(columns);
        }

        return mixture.Choose(category, PlaceOf(name, category), _model, _hasImportance, _preset.Default) ?? _preset.Default;
    }

    private GgmlType TypeOfHead(long columns) =>
        columns % _preset.Default.BlockWeights != 0 || _preset.Default == GgmlType.Q8_0 ? GgmlType.Q8_0 : GgmlType.Q6_K;

    private LayerPlace PlaceOf(string name, TensorCategory category) => category switch
    {
        TensorCategory.AttentionV => new(_valuesSeen++, _values),
        TensorCategory.FeedForwardDown when _model.Experts > 1 => new(LayerOf(name), _model.Layers),
        TensorCategory.FeedForwardDown => new(_downSeen++, _model.Layers),
        _ => default,
    };

    private int LayerOf(string name)
    {
        string[] parts = name.Split('.');
        return parts.Length > 2 && parts[0] == "blk"
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int layer) && layer < _model.Layers
            ? layer
            : throw new InvalidCheckpointException($"{name}: no layer in 0 to {_model.Layers - 1}, as its name should say");
    }
}
