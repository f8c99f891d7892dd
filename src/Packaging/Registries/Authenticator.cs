using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace ModelPack.Packaging.Registries;

/// <summary>Proves who we are to one repository: keeps its bearer token or basic credential, and renews the token before it ends.</summary>
internal sealed class Authenticator(RegistryReference reference, RegistryOptions options, HttpClient http) : IDisposable
{
    private const int MaxAnswer = 1 << 20;
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _gate = new(1);
    private AuthChallenge? _challenge;
    private AuthenticationHeaderValue? _header;
    private DateTimeOffset _ends = DateTimeOffset.MaxValue;
    private bool _push;

    /// <summary>From now on tokens are asked for that allow to push.</summary>
    public void WantPush() => _push = true;

    /// <summary>The header to send; null before the registry asked for one.</summary>
    public async Task<AuthenticationHeaderValue?> HeaderAsync(CancellationToken cancel)
    {
        AuthenticationHeaderValue? header = _header;
        if (header is not null && TimeProvider.System.GetUtcNow() >= _ends)
        {
            await RenewAsync(header, null, cancel);
        }

        return _header;
    }

    /// <summary>Answers a 401.</summary>
    /// <param name="used">The header that was refused; when another request has renewed it meanwhile, nothing is done.</param>
    /// <param name="response">The 401; null to renew by what was asked before.</param>
    /// <param name="cancel">Stops.</param>
    /// <returns>Whether there is a header that was not refused yet.</returns>
    public async Task<bool> RenewAsync(AuthenticationHeaderValue? used, HttpResponseMessage? response, CancellationToken cancel)
    {
        await _gate.WaitAsync(cancel);
        try
        {
            if (!ReferenceEquals(used, _header))
            {
                return true;
            }

            _challenge = response is null ? _challenge : AuthChallenge.Of(response) ?? _challenge;
            if (_challenge is null)
            {
                return false;
            }

            Credential? credential = options.Credentials is null ? null : await options.Credentials.FindAsync(reference.Host, reference.Repository, cancel);
            if (_challenge.Scheme == "basic")
            {
                bool isNew = credential is not null && used is null;
                _header = isNew ? Basic(credential!) : _header;
                return isNew;
            }

            _header = await TokenAsync(_challenge, credential, cancel);
            return true;
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose() => _gate.Dispose();

    private static AuthenticationHeaderValue Basic(Credential credential) =>
        new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{credential.User}:{credential.Secret}")));

    private async Task<AuthenticationHeaderValue> TokenAsync(AuthChallenge challenge, Credential? credential, CancellationToken cancel)
    {
        Uri realm = Realm(challenge.Parameters["realm"], credential is not null);
        List<(string Key, string Value)> query = [];
        if (challenge.Parameters.TryGetValue("service", out string? service))
        {
            query.Add(("service", service));
        }

        query.AddRange(Scopes().Select(static s => ("scope", s)));
        using HttpRequestMessage request = Request(realm, query, credential);
        using HttpResponseMessage response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
        string place = $"{reference.Host}: token server {realm.Host}";
        if (!response.IsSuccessStatusCode)
        {
            throw new RegistryException(
                $"{place}: answered {(int)response.StatusCode} {(credential is null ? "; nobody is logged in to this registry" : $"to {credential.User}")}", response.StatusCode);
        }

        byte[] answer = await BoundedBody.ReadAsync(response, MaxAnswer, place, cancel);
        return Token(answer, place);
    }

    private static HttpRequestMessage Request(Uri realm, List<(string Key, string Value)> query, Credential? credential)
    {
        // An identity token is exchanged as OAuth 2 says; a password is asked for a token by GET.
        if (credential is { IsIdentityToken: true })
        {
            IEnumerable<(string Key, string Value)> fields = [("grant_type", "refresh_token"), ("refresh_token", credential.Secret), ("client_id", "modelpack"),
                .. query.Where(static q => q.Key != "scope"), ("scope", string.Join(' ', query.Where(static q => q.Key == "scope").Select(static q => q.Value)))];
            return new(HttpMethod.Post, realm) { Content = new FormUrlEncodedContent(fields.Select(static f => KeyValuePair.Create(f.Key, f.Value))) };
        }

        string added = string.Join('&', query.Select(static q => $"{q.Key}={Uri.EscapeDataString(q.Value)}"));
        HttpRequestMessage request = new(HttpMethod.Get, new UriBuilder(realm) { Query = realm.Query.Length > 1 ? $"{realm.Query[1..]}&{added}" : added }.Uri);
        request.Headers.Authorization = credential is null ? null : Basic(credential);
        return request;
    }

    private AuthenticationHeaderValue Token(byte[] answer, string place)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(answer);
            JsonElement root = document.RootElement;
            string? token = Text("token") ?? Text("access_token");
            double seconds = root.TryGetProperty("expires_in", out JsonElement lasts) && lasts.ValueKind == JsonValueKind.Number ? lasts.GetDouble() : 60;
            TimeSpan lifetime = TimeSpan.FromSeconds(Math.Clamp(seconds, 1, 86_400));
            _ends = TimeProvider.System.GetUtcNow() + (lifetime > 2 * Margin ? lifetime - Margin : lifetime / 2);
            return token is { Length: > 0 } && !token.Any(char.IsControl)
                ? new("Bearer", token)
                : throw new RegistryException($"{place}: no token in its answer");

            string? Text(string key) => root.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            throw new RegistryException($"{place}: its answer is no JSON object");
        }
    }

    // Never what the challenge asks for: it could name another's repository, whose token the registry would then get.
    private IEnumerable<string> Scopes()
    {
        yield return $"repository:{reference.Repository}:{(_push ? "pull,push" : "pull")}";
        if (options.MountFrom is { } from)
        {
            yield return $"repository:{from}:pull";
        }
    }

    // The registry names the token server: a registry that was broken into must not get passwords sent elsewhere.
    private Uri Realm(string text, bool hasCredential)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? realm) || realm.Scheme is not ("https" or "http") || realm.UserInfo.Length > 0)
        {
            throw new RegistryException($"{reference.Host}: names a token server that is no web address");
        }

        if (realm.Scheme == "http" && !options.PlainHttp && !RegistryReference.IsLoopbackHost(realm.Host))
        {
            throw new RegistryException($"{reference.Host}: names the token server {realm.Host} with plain http; expected https, or --plain-http");
        }

        return !hasCredential || IsNear(realm.Host) || options.TrustedRealms.Contains(realm.Host, StringComparer.OrdinalIgnoreCase)
            ? realm
            : throw new RegistryException(string.Create(
                CultureInfo.InvariantCulture, $"{reference.Host}: names the token server {realm.Host}, which is of another domain; if it is right, say --trust-realm {realm.Host}"));
    }

    private bool IsNear(string host) =>
        HostTrust.AreNear(host, new Uri($"https://{(reference.Host is "index.docker.io" ? "docker.io" : reference.Host)}/").Host);
}
