using System.Text.Json;
using ModelPack.Packaging.Registries;

namespace ModelPack.Packaging.NuGet.Feeds;

/// <summary>What a feed offers (NuGet v3: the service index).</summary>
/// <param name="Publish">Where packages are sent to.</param>
/// <param name="Packages">Below which packages lie; null where the feed does not say.</param>
internal sealed record ServiceIndex(Uri Publish, Uri? Packages)
{
    /// <summary>Bytes of the longest that is read.</summary>
    public const int MaxBytes = 1 << 20;

    /// <summary>Reads an index.</summary>
    /// <exception cref="RegistryException">It is none, or the feed takes no packages.</exception>
    public static ServiceIndex Read(byte[] bytes, string place)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes);
            JsonElement[] resources = [.. document.RootElement.GetProperty("resources").EnumerateArray()];
            Uri publish = Find(resources, "PackagePublish/", place) ?? throw new RegistryException($"{place}: offers no PackagePublish: the feed takes no packages");
            return new(WithSlash(publish), Find(resources, "PackageBaseAddress/", place) is { } packages ? WithSlash(packages) : null);
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new RegistryException($"{place}: no service index of NuGet v3: {fault.Message.TrimEnd('.')}", System.Net.HttpStatusCode.OK, fault);
        }
    }

    private static Uri? Find(JsonElement[] resources, string type, string place)
    {
        JsonElement found = Array.Find(resources, r => Types(r).Any(t => t.StartsWith(type, StringComparison.OrdinalIgnoreCase)));
        return found.ValueKind == JsonValueKind.Undefined ? null
            : Uri.TryCreate(found.GetProperty("@id").GetString(), UriKind.Absolute, out Uri? uri) && uri.Scheme is "https" or "http" && uri.UserInfo.Length == 0 ? uri
            : throw new RegistryException($"{place}: {type.TrimEnd('/')} is at no web address", System.Net.HttpStatusCode.OK);
    }

    private static IEnumerable<string> Types(JsonElement resource) => resource.GetProperty("@type") is { ValueKind: JsonValueKind.Array } many
        ? many.EnumerateArray().Select(static t => t.GetString() ?? "")
        : [resource.GetProperty("@type").GetString() ?? ""];

    private static Uri WithSlash(Uri uri) => uri.AbsolutePath.EndsWith('/') ? uri : new UriBuilder(uri) { Path = uri.AbsolutePath + "/" }.Uri;
}
