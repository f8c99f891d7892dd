using System.Net;
using ModelPack.Models;

namespace ModelPack.Packaging.Registries;

/// <summary>A registry refused, or could not be reached.</summary>
/// <param name="message">Names the request without its query, which may hold secrets.</param>
/// <param name="status">What the registry answered; null when it did not.</param>
/// <param name="cause">The exception behind it.</param>
public sealed class RegistryException(string message, HttpStatusCode? status = null, Exception? cause = null) : ModelPackException(message, cause)
{
    public HttpStatusCode? Status { get; } = status;

    /// <summary>Whether the same request may be answered otherwise later.</summary>
    internal bool IsTransient => Status is null || IsTransientStatus(Status.Value);

    internal static bool IsTransientStatus(HttpStatusCode status) => status is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout
        or HttpStatusCode.InternalServerError or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;
}
