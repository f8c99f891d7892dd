using System.Globalization;
using System.Text.Json;

namespace ModelPack.Models.Tokenizers;

/// <summary>A JSON file of a model folder, read with errors that name the file and the place in it.</summary>
/// <remarks>Repeated keys: the last one counts, as in Python.</remarks>
internal sealed class JsonFile : IDisposable
{
    /// <summary>Values of any kind in one file; a document keeps 12 bytes for each beside the file itself.</summary>
    private const int MaxValues = 32 << 20;

    private const int ChecksFrom = 16 << 20;

    private readonly JsonDocument _document;

    private JsonFile(string name, JsonDocument document) => (Name, _document) = (name, document);

    /// <summary>File name for messages.</summary>
    public string Name { get; }

    /// <summary>The object that the file is.</summary>
    public JsonElement Root => _document.RootElement;

    /// <summary>Opens a file; null when there is none.</summary>
    /// <exception cref="InvalidCheckpointException">Too long, no JSON, or no object.</exception>
    public static JsonFile? TryOpen(string folder, string name, long limit)
    {
        byte[]? bytes = TokenizerFile.TryRead(folder, name, limit);
        return bytes is null ? null : Parse(name, bytes);
    }

    /// <summary>Opens bytes that are already in memory.</summary>
    /// <inheritdoc cref="TryOpen" path="/exception"/>
    public static JsonFile Parse(string name, byte[] bytes)
    {
        try
        {
            if (bytes.Length > ChecksFrom)
            {
                CheckCount(name, bytes);
            }

            JsonFile file = new(name, JsonDocument.Parse(bytes));
            return file.Root.ValueKind == JsonValueKind.Object
                ? file
                : throw file.Expected("the file", file.Root, "an object");
        }
        catch (JsonException error)
        {
            throw TokenizerFaults.BadJson(name, error);
        }
    }

    /// <summary>A member; null when it is absent or JSON's null.</summary>
    public static JsonElement? Member(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement value)
        && value.ValueKind != JsonValueKind.Null
            ? value
            : null;

    /// <summary>Whether a member is "true"; false when it is absent.</summary>
    public static bool IsTrue(JsonElement element, string name) => Member(element, name)?.ValueKind == JsonValueKind.True;

    /// <summary>A member that is true or false; null when it is absent or anything else.</summary>
    public static bool? Flag(JsonElement element, string name) => Member(element, name)?.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };

    /// <summary>The member "type" of a tokenizer component; empty when it has none.</summary>
    public string TypeOf(JsonElement element, string place) =>
        Member(element, "type") is { } type ? Text(type, place + ".type") : "";

    /// <summary>A string.</summary>
    /// <exception cref="InvalidCheckpointException">No string, or not valid Unicode.</exception>
    public string Text(JsonElement element, string place)
    {
        if (element.ValueKind != JsonValueKind.String)
        {
            throw Expected(place, element, "a string");
        }

        try
        {
            return element.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw TokenizerFaults.BadText(Name, place);
        }
    }

    /// <summary>A member's name.</summary>
    /// <exception cref="InvalidCheckpointException">Not valid Unicode.</exception>
    public string NameOf(JsonProperty property, string place)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException)
        {
            throw TokenizerFaults.BadText(Name, place);
        }
    }

    /// <summary>A token id below a limit.</summary>
    /// <exception cref="InvalidCheckpointException">No integer, negative, or at or above the limit.</exception>
    public int Id(JsonElement element, string place, int limit)
    {
        if (element.ValueKind != JsonValueKind.Number)
        {
            throw Expected(place, element, "a token id");
        }

        return element.TryGetInt64(out long id) && id >= 0 && id < limit
            ? (int)id
            : throw TokenizerFaults.IdOutOfRange(Name, place, Short(element.GetRawText()), limit);
    }

    /// <summary>A token id spelled as a member's name.</summary>
    /// <inheritdoc cref="Id(JsonElement, string, int)" path="/exception"/>
    public int Id(string text, string place, int limit) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int id) && id < limit
            ? id
            : throw TokenizerFaults.IdOutOfRange(Name, place, TokenizerFaults.Quote(text), limit);

    /// <summary>The fault of a value of the wrong kind.</summary>
    public InvalidCheckpointException Expected(string place, JsonElement found, string expected) =>
        TokenizerFaults.Expected(Name, place, Short(found.GetRawText()), expected);

    /// <summary>Checks that a value is of a kind.</summary>
    public JsonElement Require(JsonElement element, JsonValueKind kind, string place, string expected) =>
        element.ValueKind == kind ? element : throw Expected(place, element, expected);

    public void Dispose() => _document.Dispose();

    private static void CheckCount(string name, byte[] bytes)
    {
        Utf8JsonReader reader = new(bytes);
        for (int count = 0; reader.Read(); count++)
        {
            if (count == MaxValues)
            {
                throw TokenizerFaults.Expected(name, "the file", $"more than {MaxValues} values", "a tokenizer");
            }
        }
    }

    private static string Short(string json) => TokenizerFaults.Quote(json);
}
