using System.Net.Http.Headers;

namespace ModelPack.Packaging.Registries;

/// <summary>What a registry asks for in "WWW-Authenticate" (RFC 7235; distribution's token specification).</summary>
/// <param name="Scheme">"bearer" or "basic", in lower case.</param>
/// <param name="Parameters">realm, service, scope, …</param>
internal sealed record AuthChallenge(string Scheme, IReadOnlyDictionary<string, string> Parameters)
{
    /// <summary>The challenge that is answered: bearer before basic; null when there is neither.</summary>
    public static AuthChallenge? Of(HttpResponseMessage response)
    {
        AuthChallenge[] all = [.. response.Headers.WwwAuthenticate.Select(static h => new AuthChallenge(h.Scheme.ToLowerInvariant(), Read(h)))];
        return Array.Find(all, static c => c.Scheme == "bearer" && c.Parameters.ContainsKey("realm")) ?? Array.Find(all, static c => c.Scheme == "basic");
    }

    private static Dictionary<string, string> Read(AuthenticationHeaderValue header)
    {
        Dictionary<string, string> parameters = new(StringComparer.OrdinalIgnoreCase);
        string text = header.Parameter ?? "";
        for (int at = 0; at < text.Length;)
        {
            int equals = text.IndexOf('=', at);
            if (equals < 0)
            {
                break;
            }

            string key = text[at..equals].Trim(' ', ',');
            bool quoted = equals + 1 < text.Length && text[equals + 1] == '"';
            int start = quoted ? equals + 2 : equals + 1;
            int end = text.IndexOf(quoted ? '"' : ',', start);
            end = end < 0 ? text.Length : end;
            parameters[key] = text[start..end];
            at = end + 1;
        }

        return parameters;
    }
}
