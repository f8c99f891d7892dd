using System.Text.Json;
using System.Text.Json.Nodes;
using ModelPack.Packaging.Oci;

namespace ModelPack.Packaging.Provenance;

/// <summary>An in-toto statement with the provenance predicate of SLSA: what a package was made from, by what, and how.</summary>
/// <remarks>Sources: in-toto Statement v1; slsa.dev/spec/v1.0/provenance.</remarks>
public static class ProvenanceStatement
{
    private const string StatementType = "https://in-toto.io/Statement/v1";

    /// <summary>Kind of the statement.</summary>
    public const string PredicateType = "https://slsa.dev/provenance/v1";

    /// <summary>What kind of build this is: its parameters are the options of "modelpack pack".</summary>
    public const string BuildType = "modelpack-tool:pack/v1";

    /// <summary>Who vouches for it: this program, wherever it ran. A signature says who ran it.</summary>
    public const string Builder = "modelpack-tool:cli";

    /// <summary>The statement: the same record gives the same bytes.</summary>
    public static byte[] Write(ProvenanceRecord record)
    {
        JsonObject definition = new()
        {
            ["buildType"] = BuildType,
            ["externalParameters"] = Values(record.Parameters),
            ["internalParameters"] = Values(record.Findings),
            ["resolvedDependencies"] = Resources(record.Sources),
        };
        JsonObject details = new()
        {
            ["builder"] = new JsonObject { ["id"] = Builder, ["version"] = CanonicalJson.Texts(("modelpack", record.ToolVersion)) },
            ["byproducts"] = Resources(record.Byproducts),
        };
        if (record.Time is not null)
        {
            details["metadata"] = CanonicalJson.Texts(("startedOn", record.Time), ("finishedOn", record.Time));
        }

        return CanonicalJson.Bytes(new JsonObject
        {
            ["_type"] = StatementType,
            ["subject"] = new JsonArray(Resource(new(record.Name, record.Manifest))),
            ["predicateType"] = PredicateType,
            ["predicate"] = new JsonObject { ["buildDefinition"] = definition, ["runDetails"] = details },
        });
    }

    /// <summary>The digests that a statement is about; of any kind of statement.</summary>
    /// <exception cref="InvalidPackageException">It is no statement.</exception>
    public static IReadOnlyList<string> SubjectsOf(ReadOnlyMemory<byte> statement, string place)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(statement, new JsonDocumentOptions { MaxDepth = 64 });
            return
            [
                .. document.RootElement.GetProperty("subject").EnumerateArray()
                    .Select(static s => s.GetProperty("digest").TryGetProperty("sha256", out JsonElement hex) ? hex.GetString() : null).OfType<string>(),
            ];
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new InvalidPackageException($"{place}: no in-toto statement: {fault.Message.TrimEnd('.')}", fault);
        }
    }

    private static JsonObject Values(IReadOnlyList<ProvenanceValue> values) =>
        new(values.Select(static v => KeyValuePair.Create<string, JsonNode?>(v.Name, v.IsList ? new JsonArray([.. v.Texts.Select(static t => JsonValue.Create(t))]) : v.Texts[0])));

    private static JsonArray Resources(IReadOnlyList<ProvenanceSource> sources) => new([.. sources.Select(Resource)]);

    private static JsonObject Resource(ProvenanceSource source)
    {
        JsonObject json = CanonicalJson.Texts(("name", source.Name), ("uri", source.Uri), ("mediaType", source.MediaType));
        if (source.Digest is { } digest)
        {
            json["digest"] = CanonicalJson.Texts(("sha256", digest.Hex));
        }

        return json;
    }
}
