using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using ModelPack.Packaging.Oci;
using ModelPack.Packaging.Packing;

namespace ModelPack.Packaging.NuGet;

/// <summary>modelpack.json as text: schemaVersion first, then always the same order.</summary>
internal static class NuGetManifestFormat
{
    /// <summary>Bytes of the longest that is read.</summary>
    public const int MaxBytes = 32 << 20;

    private const int MaxFiles = 50_000;
    private static readonly JsonWriterOptions Readable = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] Write(NuGetManifest manifest)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer, Readable))
        {
            json.WriteStartObject();
            json.WriteNumber("schemaVersion", 1);
            json.WriteString("id", manifest.Identity.Id);
            json.WriteString("packageVersion", manifest.Identity.Version);
            json.WriteString("name", manifest.Name);
            json.WriteString("version", manifest.Version);
            Text(json, "variant", manifest.Variant);
            Text(json, "architecture", manifest.Description.Architecture);
            Text(json, "format", manifest.Description.Format);
            Text(json, "precision", manifest.Description.Precision);
            Text(json, "quantization", manifest.Description.Quantization);
            json.WriteStartArray("licenses");
            foreach (string license in manifest.Licenses)
            {
                json.WriteStringValue(license);
            }

            json.WriteEndArray();
            json.WriteString("audit", manifest.Audit);
            Parts(json, manifest.Parts);
            Files(json, manifest.Files);
            json.WriteEndObject();
        }

        return [.. buffer.WrittenSpan, (byte)'\n'];
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <param name="bytes">The document.</param>
    /// <param name="place">For messages.</param>
    /// <exception cref="InvalidPackageException">It is anything else.</exception>
    public static NuGetManifest Read(byte[] bytes, string place)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes);
            JsonElement root = document.RootElement;
            if (root.GetProperty("schemaVersion").GetInt32() != 1)
            {
                throw new InvalidPackageException($"{place}: schemaVersion {root.GetProperty("schemaVersion").GetRawText()}; expected 1");
            }

            string version = Required(root, "packageVersion");
            NuGetManifest manifest = new()
            {
                Identity = new(Required(root, "id"), version),
                Name = Required(root, "name"),
                Version = Required(root, "version"),
                Variant = Optional(root, "variant"),
                Description = new()
                {
                    Architecture = Optional(root, "architecture"),
                    Format = Optional(root, "format"),
                    Precision = Optional(root, "precision"),
                    Quantization = Optional(root, "quantization"),
                },
                Licenses = [.. root.GetProperty("licenses").EnumerateArray().Select(static l => l.GetString() ?? "")],
                Audit = Required(root, "audit"),
                Parts = [.. root.GetProperty("parts").EnumerateArray().Take(NuGetId.MaxParts)
                    .Select(p => new NuGetPartRecord(new(Required(p, "id"), version), p.GetProperty("bytes").GetInt64(), Sha(p, place)))],
                Files = [.. root.GetProperty("files").EnumerateArray().Take(MaxFiles).Select(f => new NuGetFileRecord(
                    Required(f, "path"), f.GetProperty("bytes").GetInt64(), Sha(f, place),
                    [.. f.GetProperty("slices").EnumerateArray().Take(NuGetId.MaxParts).Select(s => new NuGetSliceRecord(
                        s.GetProperty("part").GetInt32(), Required(s, "entry"), s.GetProperty("bytes").GetInt64(), Sha(s, place)))]))],
            };
            PackagePath.Check([.. manifest.Files.Select(static f => f.Path)], place);
            int parts = manifest.Parts.Count;
            return manifest.Files.SelectMany(static f => f.Slices).All(s => s.Part >= 1 && s.Part <= parts)
                ? manifest
                : throw new InvalidPackageException($"{place}: a slice of a part that is not listed; there are {parts}");
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new InvalidPackageException($"{place}: no record of a model: {fault.Message.TrimEnd('.')}", fault);
        }
    }

    private static void Parts(Utf8JsonWriter json, IReadOnlyList<NuGetPartRecord> parts)
    {
        json.WriteStartArray("parts");
        foreach (NuGetPartRecord part in parts)
        {
            json.WriteStartObject();
            json.WriteString("id", part.Identity.Id);
            Bytes(json, part.Bytes, part.Digest);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Files(Utf8JsonWriter json, IReadOnlyList<NuGetFileRecord> files)
    {
        json.WriteStartArray("files");
        foreach (NuGetFileRecord file in files)
        {
            json.WriteStartObject();
            json.WriteString("path", file.Path);
            Bytes(json, file.Bytes, file.Digest);
            json.WriteStartArray("slices");
            foreach (NuGetSliceRecord slice in file.Slices)
            {
                json.WriteStartObject();
                json.WriteNumber("part", slice.Part);
                json.WriteString("entry", slice.Entry);
                Bytes(json, slice.Bytes, slice.Digest);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Bytes(Utf8JsonWriter json, long bytes, Digest digest)
    {
        json.WriteNumber("bytes", bytes);
        json.WriteString("sha256", digest.Hex);
    }

    private static void Text(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }

    private static string Required(JsonElement map, string name) =>
        map.GetProperty(name).GetString() ?? throw new KeyNotFoundException($"'{name}' is null");

    private static string? Optional(JsonElement map, string name) => map.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;

    private static Digest Sha(JsonElement map, string place) => Digest.Parse($"sha256:{Required(map, "sha256")}", place);
}
