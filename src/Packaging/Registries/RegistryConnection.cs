using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using ModelPack.Models;
using ModelPack.Packaging.Registries.Profiles;

namespace ModelPack.Packaging.Registries;

/// <summary>Sends requests to one registry: authenticates, follows redirects without taking credentials along, and repeats what is safe to repeat.</summary>
internal sealed class RegistryConnection : IDisposable
{
    private const int MaxRedirects = 5;

    private readonly RegistryReference _reference;
    private readonly RegistryOptions _options;
    private readonly HttpClient _http;
    private readonly Authenticator _authenticator;
    private readonly RequestRetries _retries;

    public RegistryConnection(RegistryReference reference, RegistryOptions options)
    {
        _reference = reference;
        _options = options;
        Profile = options.Profile ?? RegistryProfile.OfHost(reference.Host);
        Root = reference.Address(options.PlainHttp || (reference.IsLoopback && options.CaFile is null));
        _http = new(Handler(options)) { Timeout = Timeout.InfiniteTimeSpan };
        _http.DefaultRequestHeaders.UserAgent.Add(new("modelpack", "1"));
        _authenticator = new(reference, options, _http);
        _retries = new(options);
    }

    /// <summary>Address of the registry.</summary>
    public Uri Root { get; }

    /// <summary>What is known of the registry.</summary>
    public RegistryProfile Profile { get; private set; }

    /// <summary>From now on tokens are asked for that allow to push.</summary>
    public void WantPush() => _authenticator.WantPush();

    /// <summary>Address of something in the repository: "blobs/…", "manifests/…".</summary>
    public Uri At(string path) => new(Root, $"v2/{_reference.Repository}/{path}");

    /// <summary>How a request is called in messages: without its query, which may hold secrets.</summary>
    public static string Describe(HttpMethod method, Uri uri) => $"{method} {uri.Scheme}://{uri.Authority}{uri.AbsolutePath}";

    /// <summary>Sends a request that may be repeated without harm.</summary>
    /// <param name="create">Makes it anew for each try.</param>
    /// <param name="cancel">Stops.</param>
    /// <returns>The answer's headers, whatever its status; the caller disposes it.</returns>
    public async Task<HttpResponseMessage> SendSafelyAsync(Func<HttpRequestMessage> create, CancellationToken cancel) =>
        await _retries.RunAsync(token => SendOnceAsync(_ => create(), token), cancel);

    /// <summary>Sends a request once; only a 401, which means that nothing was done, is answered by sending it again.</summary>
    /// <param name="create">Makes it; its content puts the deadline off while it is sent.</param>
    /// <param name="cancel">Stops.</param>
    /// <exception cref="RegistryException">The registry could not be reached, or the connection broke.</exception>
    public async Task<HttpResponseMessage> SendOnceAsync(Func<Deadline, HttpRequestMessage> create, CancellationToken cancel)
    {
        for (int attempt = 0; ; attempt++)
        {
            using Deadline deadline = new(_options.Stall, cancel);
            string what = _reference.Host;
            try
            {
                AuthenticationHeaderValue? header = await _authenticator.HeaderAsync(deadline.Token);
                using HttpRequestMessage request = create(deadline);
                what = Describe(request.Method, request.RequestUri!);
                HttpResponseMessage response = await FollowAsync(request, header, deadline.Token);
                if (response.StatusCode != HttpStatusCode.Unauthorized || attempt == 2)
                {
                    return response;
                }

                using (response)
                {
                    deadline.Extend();
                    if (!await _authenticator.RenewAsync(header, response, deadline.Token))
                    {
                        throw await RefusalAsync(request.Method, request.RequestUri!, response, cancel);
                    }
                }
            }
            catch (OperationCanceledException) when (deadline.IsOver)
            {
                throw new RegistryException($"{what}: stood still for {_options.Stall.TotalSeconds} s");
            }
            catch (HttpRequestException fault) when (fault.InnerException is not ModelPackException)
            {
                throw new RegistryException($"{what}: {Reason(fault)}", null, fault);
            }
            catch (HttpRequestException fault)
            {
                throw new ModelPackException(fault.InnerException!.Message, fault);
            }
            catch (IOException fault)
            {
                throw new RegistryException($"{what}: {fault.Message.TrimEnd('.')}", null, fault);
            }
        }
    }

    /// <summary>The fault that an answer means, with what the registry says of it.</summary>
    public static async Task<RegistryException> RefusalAsync(HttpMethod method, Uri uri, HttpResponseMessage response, CancellationToken cancel) =>
        await RegistryRefusal.ReadAsync(Describe(method, uri), response, cancel);

    /// <summary>How long the registry asks to wait; null when it does not say.</summary>
    public static TimeSpan? RetryAfter(HttpResponseMessage response) =>
        (response.Headers.RetryAfter?.Delta ?? (response.Headers.RetryAfter?.Date - TimeProvider.System.GetUtcNow())) is { } wait && wait >= TimeSpan.Zero
            ? wait < RequestRetries.LongestWait ? wait : RequestRetries.LongestWait
            : null;

    public void Dispose()
    {
        _authenticator.Dispose();
        _http.Dispose();
    }

    private async Task<HttpResponseMessage> FollowAsync(HttpRequestMessage request, AuthenticationHeaderValue? header, CancellationToken cancel)
    {
        // An upload's location may be on another host: what proves who we are goes to the registry itself only.
        request.Headers.Authorization = IsOwn(request.RequestUri!) ? header : null;
        CheckScheme(request.RequestUri!);
        HttpResponseMessage response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
        if (Profile == RegistryProfile.Unknown && _options.Profile is null)
        {
            Profile = RegistryProfile.OfAnswer(response);
        }

        for (int hops = 0; IsRedirect(response) && (request.Method == HttpMethod.Get || request.Method == HttpMethod.Head); hops++)
        {
            Uri target = new(response.RequestMessage!.RequestUri!, response.Headers.Location!);
            response.Dispose();
            if (hops == MaxRedirects)
            {
                throw new RegistryException($"{Describe(request.Method, request.RequestUri!)}: more than {MaxRedirects} redirects", HttpStatusCode.Found);
            }

            CheckScheme(target);
            using HttpRequestMessage next = new(request.Method, target);
            next.Headers.Range = request.Headers.Range;
            next.Headers.Authorization = IsOwn(target) ? header : null;
            foreach (MediaTypeWithQualityHeaderValue type in request.Headers.Accept)
            {
                next.Headers.Accept.Add(type);
            }

            response = await _http.SendAsync(next, HttpCompletionOption.ResponseHeadersRead, cancel);
        }

        return response;
    }

    private bool IsOwn(Uri uri) => uri.Scheme == Root.Scheme && uri.Authority.Equals(Root.Authority, StringComparison.OrdinalIgnoreCase);

    private void CheckScheme(Uri uri)
    {
        bool good = uri.Scheme == "https" || (uri.Scheme == "http" && (_options.PlainHttp || RegistryReference.IsLoopbackHost(uri.Host)));
        if (!good)
        {
            throw new RegistryException($"{_reference.Host}: leads to {uri.Scheme}://{uri.Authority}; expected https, or --plain-http", HttpStatusCode.Found);
        }
    }

    private static bool IsRedirect(HttpResponseMessage response) => response.Headers.Location is not null && (int)response.StatusCode is 301 or 302 or 303 or 307 or 308;

    private static string Reason(HttpRequestException fault)
    {
        Exception inner = fault;
        while (inner.InnerException is not null)
        {
            inner = inner.InnerException;
        }

        return inner.Message.TrimEnd('.');
    }

    internal static SocketsHttpHandler Handler(RegistryOptions options)
    {
        SocketsHttpHandler handler = new()
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectTimeout = TimeSpan.FromSeconds(30),
            PooledConnectionIdleTimeout = TimeSpan.FromMinutes(2),
        };
        if (options.CaFile is { } file)
        {
            handler.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = CertificateFile.Trust(file) };
        }

        return handler;
    }
}
