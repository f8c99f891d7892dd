using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ModelPack.Packaging.Oci;

/// <summary>JSON that is the same bytes for the same content: keys in ordinal order, no spaces, nothing escaped that need not be.</summary>
internal static class CanonicalJson
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] Bytes(JsonNode node)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter writer = new(buffer, Options))
        {
            Write(writer, node);
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>An object of the texts that are not null.</summary>
    public static JsonObject Texts(params IEnumerable<(string Key, string? Value)> fields) =>
        new(fields.Where(static f => f.Value is not null).Select(static f => KeyValuePair.Create<string, JsonNode?>(f.Key, f.Value)));

    /// <summary>An object of texts.</summary>
    public static JsonObject Map(IReadOnlyDictionary<string, string> map) => Texts(map.Select(static p => (p.Key, (string?)p.Value)));

    private static void Write(Utf8JsonWriter writer, JsonNode? node)
    {
        switch (node)
        {
            case JsonObject map:
                writer.WriteStartObject();
                foreach ((string key, JsonNode? value) in map.OrderBy(static p => p.Key, StringComparer.Ordinal))
                {
                    writer.WritePropertyName(key);
                    Write(writer, value);
                }

                writer.WriteEndObject();
                break;
            case JsonArray list:
                writer.WriteStartArray();
                foreach (JsonNode? item in list)
                {
                    Write(writer, item);
                }

                writer.WriteEndArray();
                break;
            case null:
                writer.WriteNullValue();
                break;
            default:
                node.WriteTo(writer);
                break;
        }
    }
}
