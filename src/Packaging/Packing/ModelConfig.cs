using System.Globalization;
using System.Text.Json.Nodes;
using ModelPack.Packaging.Oci;

namespace ModelPack.Packaging.Packing;

/// <summary>The config document of a model (CNCF ModelPack, schema/config-schema.json: no other fields are allowed).</summary>
internal static class ModelConfig
{
    public static byte[] Bytes(PackageRequest request, IReadOnlyList<Descriptor> layers)
    {
        PackageDescription model = request.Description;
        JsonObject descriptor = CanonicalJson.Texts(
            ("name", request.Name), ("version", request.Version.ToString()), ("createdAt", Time(request.Created)));
        if (request.Licenses.Count > 0)
        {
            descriptor["licenses"] = List(request.Licenses);
        }

        JsonObject config = CanonicalJson.Texts(
            ("architecture", model.Architecture),
            ("format", model.Format),
            ("paramSize", model.Parameters is { } count ? ParamSize(count) : null),
            ("precision", model.Precision),
            ("quantization", model.Quantization));
        if (model.IsTextModel)
        {
            JsonObject capabilities = new() { ["inputTypes"] = List(["text"]), ["outputTypes"] = List(["text"]) };
            if (model.Languages.Count > 0)
            {
                capabilities["languages"] = List(model.Languages);
            }

            config["capabilities"] = capabilities;
        }

        return CanonicalJson.Bytes(new JsonObject
        {
            ["descriptor"] = descriptor,
            ["config"] = config,
            ["modelfs"] = new JsonObject { ["type"] = "layers", ["diffIds"] = List(layers.Select(static l => l.Digest.ToString())) },
        });
    }

    /// <summary>A time as RFC 3339 writes it, in whole seconds.</summary>
    public static string? Time(DateTimeOffset? time) => time?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>A count with one digit after the point at most and K, M, B, T or Q: 8_030_261_312 gives "8B", 5_800_000 "5.8M".</summary>
    public static string ParamSize(long count)
    {
        (double scaled, char unit) = count switch
        {
            >= 1_000_000_000_000_000 => (count * 1e-15, 'Q'),
            >= 1_000_000_000_000 => (count * 1e-12, 'T'),
            >= 1_000_000_000 => (count * 1e-9, 'B'),
            >= 1_000_000 => (count * 1e-6, 'M'),
            _ => (count * 1e-3, 'K'),
        };
        return scaled.ToString("0.#", CultureInfo.InvariantCulture) + unit;
    }

    private static JsonArray List(IEnumerable<string> texts) => new([.. texts.Select(static t => JsonValue.Create(t))]);
}
