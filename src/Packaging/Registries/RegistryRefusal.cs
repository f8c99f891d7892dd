using System.Net;
using System.Text.Json;

namespace ModelPack.Packaging.Registries;

/// <summary>Says why a registry refused, by its status and the errors in its answer (OCI distribution-spec 1.1, error codes).</summary>
internal static class RegistryRefusal
{
    private const int MaxAnswer = 1 << 16;
    private const int MaxErrors = 3;

    /// <param name="what">The request.</param>
    /// <param name="response">The answer.</param>
    /// <param name="cancel">Stops.</param>
    public static async Task<RegistryException> ReadAsync(string what, HttpResponseMessage response, CancellationToken cancel)
    {
        string reasons = "";
        try
        {
            byte[] body = await BoundedBody.ReadAsync(response, MaxAnswer, what, cancel);
            using JsonDocument document = JsonDocument.Parse(body);
            reasons = string.Concat(document.RootElement.GetProperty("errors").EnumerateArray().Take(MaxErrors)
                .Select(static e => $": {e.GetProperty("code").GetString()} {(e.TryGetProperty("message", out JsonElement m) ? m.GetString() : "")}".TrimEnd()));
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or KeyNotFoundException or IOException or HttpRequestException or RegistryException)
        {
            // Without reasons the status must do.
        }

        string hint = response.StatusCode switch
        {
            HttpStatusCode.Unauthorized => "; nobody who may do this is logged in: docker, podman or skopeo login does that",
            HttpStatusCode.Forbidden => "; whoever is logged in may not do this",
            _ => "",
        };
        return new($"{what}: answered {(int)response.StatusCode}{reasons}{hint}", response.StatusCode);
    }
}
