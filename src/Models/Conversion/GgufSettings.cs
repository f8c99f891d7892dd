using System.Globalization;
using System.Text.Json.Nodes;
using ModelPack.Models.Gguf;

namespace ModelPack.Models.Conversion;

/// <summary>The metadata of a GGUF model, as the settings that the hub's config.json of the same model has.</summary>
/// <remarks>So one reader of a spec, with one set of ranges, serves both; its messages name the hub's keys.</remarks>
internal sealed class GgufSettings
{
    private readonly GgufFile _gguf;
    private readonly Dictionary<string, GgufTensorInfo> _tensors;

    /// <param name="gguf">A model.</param>
    /// <exception cref="InvalidCheckpointException">The file does not say which architecture it is of.</exception>
    public GgufSettings(GgufFile gguf)
    {
        _gguf = gguf;
        _tensors = gguf.Tensors.ToDictionary(static t => t.Name, StringComparer.Ordinal);
        File = Path.GetFileName(gguf.Files[0]);
        Architecture = gguf.Metadata.TryGet("general.architecture", out GgufValue? value) && value.Value is string name
            ? name
            : throw new InvalidCheckpointException($"{File}: general.architecture: missing; expected the name of the model's architecture");
    }

    /// <summary>Name of the (first) file.</summary>
    public string File { get; }

    /// <summary>general.architecture.</summary>
    public string Architecture { get; }

    /// <summary>What config.json would hold; architectures add their own keys.</summary>
    public JsonObject Config { get; } = [];

    /// <summary>Finds a tensor by its full name.</summary>
    public GgufTensorInfo? Tensor(string name) => _tensors.GetValueOrDefault(name);

    /// <summary>Whether there is a key of the architecture: "expert_count".</summary>
    public bool Has(string key) => _gguf.Metadata.Contains($"{Architecture}.{key}");

    /// <summary>A number of the architecture; null where the key is absent.</summary>
    /// <exception cref="InvalidCheckpointException">The value is no number, or not finite.</exception>
    public double? Number(string key)
    {
        string full = $"{Architecture}.{key}";
        if (!_gguf.Metadata.TryGet(full, out GgufValue? value))
        {
            return null;
        }

        // Single precision by way of its shortest text: 1e-6 is meant, not the float nearest to it.
        double number = value.Value switch
        {
            float single => double.Parse(single.ToString("R", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture),
            double wide => wide,
            byte or sbyte or ushort or short or uint or int or long or <= (ulong)long.MaxValue => value.AsInteger(),
            _ => throw new InvalidCheckpointException($"{File}: {full}: a value of type {value.Type}; expected one number for all layers"),
        };
        return double.IsFinite(number)
            ? number
            : throw new InvalidCheckpointException($"{File}: {full}: {number.ToString(CultureInfo.InvariantCulture)}; expected a finite number");
    }

    /// <summary>A word of the architecture; null where the key is absent or no text.</summary>
    public string? Text(string key) =>
        _gguf.Metadata.TryGet($"{Architecture}.{key}", out GgufValue? value) ? value.Value as string : null;

    /// <summary>A switch of the architecture; false where the key is absent.</summary>
    public bool Flag(string key) => _gguf.Metadata.TryGet($"{Architecture}.{key}", out GgufValue? value) && value.Value is true;

    /// <summary>Copies a number under the hub's name, if it is there.</summary>
    /// <param name="hub">Key in config.json.</param>
    /// <param name="key">Key after "ARCHITECTURE.".</param>
    public void Copy(string hub, string key)
    {
        if (Number(key) is { } number)
        {
            Config[hub] = number;
        }
    }
}
