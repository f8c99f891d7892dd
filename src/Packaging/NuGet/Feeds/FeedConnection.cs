using System.Net;
using System.Net.Http.Headers;
using System.Text;
using ModelPack.Models;
using ModelPack.Packaging.Registries;

namespace ModelPack.Packaging.NuGet.Feeds;

/// <summary>Sends requests to one feed: with its secrets to its own domain only, and again where that is safe.</summary>
/// <remarks>Publishing is safe to repeat too: a version never changes, so that a second try is answered 409 and then compared.</remarks>
internal sealed class FeedConnection : IDisposable
{
    private const int MaxRedirects = 5;
    private static readonly TimeSpan LongestAnswer = TimeSpan.FromSeconds(5);

    private readonly Uri _address;
    private readonly FeedOptions _options;
    private readonly HttpClient _http;
    private readonly RequestRetries _retries;

    public FeedConnection(Uri address, FeedOptions options)
    {
        (_address, _options) = (address, options);
        SocketsHttpHandler handler = RegistryConnection.Handler(options.Connection);

        // A busy feed that is given only a second would refuse while the package is being sent, and its answer would be lost.
        handler.Expect100ContinueTimeout = LongestAnswer;
        _http = new(handler) { Timeout = Timeout.InfiniteTimeSpan };
        _http.DefaultRequestHeaders.UserAgent.Add(new("modelpack", "1"));
        _retries = new(options.Connection);
    }

    /// <summary>Gets something; redirects are followed.</summary>
    /// <returns>The answer's headers, whatever its status; the caller disposes it.</returns>
    public async Task<HttpResponseMessage> GetAsync(Uri uri, CancellationToken cancel) => await _retries.RunAsync(async token =>
    {
        Uri at = uri;
        for (int hop = 0; ; hop++)
        {
            HttpResponseMessage response = await SendAsync(_ => new(HttpMethod.Get, at), token);
            if (response.Headers.Location is not { } location || (int)response.StatusCode is not (301 or 302 or 303 or 307 or 308) || hop == MaxRedirects)
            {
                return response;
            }

            response.Dispose();
            at = new(at, location);
        }
    }, cancel);

    /// <summary>Publishes.</summary>
    /// <param name="uri">Where to.</param>
    /// <param name="content">Makes the body anew for each try.</param>
    /// <param name="cancel">Stops.</param>
    /// <returns>The answer, whatever its status; the caller disposes it.</returns>
    public async Task<HttpResponseMessage> PutAsync(Uri uri, Func<Deadline, HttpContent> content, CancellationToken cancel)
    {
        bool hasSecret = _options.ApiKey is not null || _options.Login?.Credential is not null;
        if (hasSecret && !IsTrusted(uri))
        {
            throw new RegistryException(
                $"{_address.Host}: wants packages sent to {uri.Host}, which is of another domain; if it is right, say --trust-realm {uri.Host}", HttpStatusCode.Found);
        }

        return await _retries.RunAsync(token => SendAsync(
            deadline =>
            {
                HttpRequestMessage request = new(HttpMethod.Put, uri) { Content = content(deadline) };

                // A feed that does not want the package says so before its bytes are sent.
                request.Headers.ExpectContinue = true;
                request.Headers.Add("X-NuGet-Protocol-Version", "4.1.0");
                if (_options.ApiKey is { } key)
                {
                    request.Headers.Add("X-NuGet-ApiKey", key);
                }

                return request;
            },
            token), cancel);
    }

    /// <summary>The fault that an answer means.</summary>
    public RegistryException Refusal(HttpMethod method, Uri uri, HttpResponseMessage response)
    {
        string hint = response.StatusCode switch
        {
            HttpStatusCode.Unauthorized when _options.Login?.Credential is null && _options.ApiKey is null =>
                "; expected a login in NuGet's configuration (packageSourceCredentials) or an API key in MODELPACK_NUGET_API_KEY",
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => $"; {(_options.ApiKey is null ? "whoever is logged in" : "the API key")} may not do this",
            HttpStatusCode.RequestEntityTooLarge => "; the feed takes smaller packages only: pack with a smaller --part-size",
            _ => "",
        };
        string reason = string.IsNullOrEmpty(response.ReasonPhrase) ? "" : $" {Redact(response.ReasonPhrase)}";
        return new($"{RegistryConnection.Describe(method, uri)}: answered {(int)response.StatusCode}{reason}{hint}", response.StatusCode);
    }

    /// <summary>Reads a body whose reads may not stand still.</summary>
    public async Task<Stream> BodyAsync(HttpResponseMessage response, CancellationToken cancel) =>
        new BlobStream(response, await response.Content.ReadAsStreamAsync(cancel), _options.Connection.Stall, cancel);

    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage> SendAsync(Func<Deadline, HttpRequestMessage> create, CancellationToken cancel)
    {
        using Deadline deadline = new(_options.Connection.Stall, cancel);
        using HttpRequestMessage request = create(deadline);
        Uri uri = request.RequestUri!;
        string what = RegistryConnection.Describe(request.Method, uri);
        CheckScheme(uri);
        request.Headers.Authorization = IsTrusted(uri) && _options.Login?.Credential is { } login ? Basic(login) : null;
        try
        {
            return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, deadline.Token);
        }
        catch (OperationCanceledException) when (deadline.IsOver)
        {
            throw new RegistryException($"{what}: stood still for {_options.Connection.Stall.TotalSeconds} s");
        }
        catch (HttpRequestException fault) when (fault.InnerException is ModelPackException own)
        {
            throw new ModelPackException(own.Message, fault);
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException)
        {
            throw new RegistryException($"{what}: {fault.GetBaseException().Message.TrimEnd('.')}", null, fault);
        }
    }

    private static AuthenticationHeaderValue Basic(Credential login) => new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{login.User}:{login.Secret}")));

    private bool IsTrusted(Uri uri) => HostTrust.AreNear(uri.Host, _address.Host) || _options.Connection.TrustedRealms.Contains(uri.Host, StringComparer.OrdinalIgnoreCase);

    private void CheckScheme(Uri uri)
    {
        bool good = uri.Scheme == "https" || (uri.Scheme == "http" && (_options.Connection.PlainHttp || RegistryReference.IsLoopbackHost(uri.Host)));
        if (!good)
        {
            throw new RegistryException($"{_address.Host}: leads to {uri.Scheme}://{uri.Authority}; expected https, or --plain-http", HttpStatusCode.Found);
        }
    }

    private string Redact(string text) => ((string?[])[_options.ApiKey, _options.Login?.Credential?.Secret]).OfType<string>().Where(static s => s.Length > 0)
        .Aggregate(text, static (all, secret) => all.Replace(secret, "***", StringComparison.Ordinal));
}
