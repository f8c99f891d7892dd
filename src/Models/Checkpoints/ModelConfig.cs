using System.Text.Json;

namespace ModelPack.Models.Checkpoints;

/// <summary>A JSON object of settings; every getter's error names the file, the key, the value and what was expected.</summary>
/// <remarks>A key whose value is null counts as absent, as it does for the model's own code.</remarks>
public sealed class ModelConfig
{
    private readonly string _path;

    /// <param name="file">Name for error messages: "config.json".</param>
    /// <param name="root">An object; its document must outlive the config.</param>
    public ModelConfig(string file, JsonElement root)
        : this(file, root, "")
    {
    }

    private ModelConfig(string file, JsonElement root, string path)
    {
        (File, Root, _path) = (file, root, path);
    }

    /// <summary>Name of the file.</summary>
    public string File { get; }

    /// <summary>The object itself, for what the getters do not cover.</summary>
    public JsonElement Root { get; }

    /// <summary>Whether the key is there with a value other than null.</summary>
    public bool Has(string key) => Find(key) is not null;

    /// <summary>A required string.</summary>
    public string Text(string key) => TextOrNull(key) ?? throw Missing(key, "a string");

    /// <summary>A string, or null where the key is absent.</summary>
    public string? TextOrNull(string key) => Find(key) is not JsonElement value ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString()
        : throw Fault(key, "a string");

    /// <summary>A required integer of 32 bits.</summary>
    public int Integer(string key) => IntegerOrNull(key) ?? throw Missing(key, "an integer");

    /// <summary>An integer of 32 bits, or null where the key is absent; 4096.0 counts as an integer.</summary>
    public int? IntegerOrNull(string key) => Find(key) is JsonElement value ? ToInteger(key, value) : null;

    /// <summary>A required number.</summary>
    public double Number(string key) => NumberOrNull(key) ?? throw Missing(key, "a number");

    /// <summary>A number, or null where the key is absent.</summary>
    public double? NumberOrNull(string key) => Find(key) is JsonElement value ? ToNumber(key, value) : null;

    /// <summary>true or false; <paramref name="whenAbsent"/> where the key is absent.</summary>
    public bool Flag(string key, bool whenAbsent) => Find(key) is not JsonElement value ? whenAbsent : value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Fault(key, "true or false"),
    };

    /// <summary>A nested object ("rope_scaling"), or null where the key is absent.</summary>
    public ModelConfig? Section(string key) => Find(key) is not JsonElement value ? null
        : value.ValueKind == JsonValueKind.Object ? new ModelConfig(File, value, $"{_path}{Spelling.OneLine(key)}.")
        : throw Fault(key, "an object");

    /// <summary>An array of strings; empty where the key is absent. A single string counts as an array of one.</summary>
    public IReadOnlyList<string> Texts(string key) => Find(key) is { ValueKind: JsonValueKind.String } single
        ? [single.GetString()!]
        : List(key, "an array of strings", (k, v) => v.ValueKind == JsonValueKind.String ? v.GetString()! : throw Fault(k, "an array of strings"));

    /// <summary>An array of integers; empty where the key is absent.</summary>
    public IReadOnlyList<int> Integers(string key) => List(key, "an array of integers", ToInteger);

    /// <summary>An array of numbers; empty where the key is absent.</summary>
    public IReadOnlyList<double> Numbers(string key) => List(key, "an array of numbers", ToNumber);

    /// <summary>The error for a value that is there but cannot be used.</summary>
    /// <param name="key">Key of the value.</param>
    /// <param name="expected">What would be right: "a multiple of num_key_value_heads".</param>
    public InvalidCheckpointException Fault(string key, string expected) =>
        new($"{File}: {_path}{Spelling.OneLine(key)}: {Spelling.OneLine(Find(key)?.GetRawText() ?? "missing")}; expected {expected}");

    private InvalidCheckpointException Missing(string key, string expected) =>
        new($"{File}: {_path}{Spelling.OneLine(key)}: missing; expected {expected}");

    private JsonElement? Find(string key) =>
        Root.TryGetProperty(key, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private double ToNumber(string key, JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && double.IsFinite(number)
            ? number
            : throw Fault(key, "a number");

    private int ToInteger(string key, JsonElement value)
    {
        double number = value.ValueKind == JsonValueKind.Number ? ToNumber(key, value) : double.NaN;
        return number == Math.Truncate(number) && number is >= int.MinValue and <= int.MaxValue
            ? (int)number
            : throw Fault(key, "an integer");
    }

    private List<T> List<T>(string key, string expected, Func<string, JsonElement, T> convert)
    {
        List<T> list = [];
        if (Find(key) is JsonElement value)
        {
            if (value.ValueKind != JsonValueKind.Array)
            {
                throw Fault(key, expected);
            }

            list.AddRange(value.EnumerateArray().Select(item => convert(key, item)));
        }

        return list;
    }
}
