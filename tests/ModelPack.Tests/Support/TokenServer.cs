using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace ModelPack.Tests.Support;

/// <summary>Gives tokens as distribution's token specification says; one user may push, anyone may pull.</summary>
internal sealed class TokenServer : IDisposable
{
    public const string Issuer = "test-issuer";
    public const string Service = "test-registry";

    private readonly HttpListener _listener = new();
    private readonly TestCertificate _certificate;
    private readonly string _user;

    /// <param name="certificate">Signs.</param>
    /// <param name="user">NAME:PASSWORD.</param>
    public TokenServer(TestCertificate certificate, string user)
    {
        (_certificate, _user) = (certificate, user);
        Realm = $"http://127.0.0.1:{FreePort.Find()}/token";
        _listener.Prefixes.Add(Realm + "/");
        _listener.Start();
        _ = Task.Run(ServeAsync);
    }

    public string Realm { get; }

    /// <summary>Tokens that were given.</summary>
    public int Given { get; private set; }

    public void Dispose() => _listener.Close();

    private async Task ServeAsync()
    {
        while (_listener.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception fault) when (fault is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            string? basic = context.Request.Headers["Authorization"];
            bool known = basic == "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(_user));
            if (basic is not null && !known)
            {
                context.Response.StatusCode = 401;
                context.Response.Close();
                continue;
            }

            byte[] answer = JsonSerializer.SerializeToUtf8Bytes(new { token = Token(context.Request, known), expires_in = 300 });
            Given++;
            context.Response.ContentType = "application/json";
            context.Response.Close(answer, willBlock: false);
        }
    }

    private string Token(HttpListenerRequest request, bool known)
    {
        object[] access =
        [
            .. (request.QueryString.GetValues("scope") ?? []).Select(static s => s.Split(':'))
                .Select(s => new { type = s[0], name = s[1], actions = s[2].Split(',').Where(a => known || a == "pull").ToArray() }),
        ];
        long now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        string head = Encode(JsonSerializer.SerializeToUtf8Bytes(new { typ = "JWT", alg = "RS256", x5c = (string[])[Convert.ToBase64String(_certificate.Certificate.RawData)] }));
        string body = Encode(JsonSerializer.SerializeToUtf8Bytes(new { iss = Issuer, sub = "x", aud = Service, exp = now + 300, nbf = now - 60, iat = now, jti = Guid.NewGuid().ToString(), access }));
        byte[] signature = _certificate.Key.SignData(Encoding.ASCII.GetBytes($"{head}.{body}"), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        return $"{head}.{body}.{Encode(signature)}";
    }

    private static string Encode(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');
}
