using System.Text;
using System.Text.Json;
using ModelPack.Models;

namespace ModelPack.Packaging.Registries;

/// <summary>Finds credentials in the environment, and where docker, podman and skopeo keep them: config files and credential helpers.</summary>
/// <param name="files">Config files, the first that knows a host counts.</param>
/// <param name="variable">Reads the environment; null to leave it aside.</param>
public sealed class CredentialStore(IReadOnlyList<string> files, Func<string, string?>? variable = null)
{
    // A config as docker writes it, in a variable: docker's own command line and pipelines of GitLab read it too.
    private const string ConfigVariable = "DOCKER_AUTH_CONFIG";

    private const int MaxBytes = 4 << 20;

    /// <summary>The files of this user: REGISTRY_AUTH_FILE alone where it is set, else docker's and podman's.</summary>
    public static CredentialStore OfUser()
    {
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        string docker = Variable("DOCKER_CONFIG") ?? Path.Combine(home, ".docker");
        string?[] found = Variable("REGISTRY_AUTH_FILE") is { } named
            ? [named]
            :
            [
                Path.Combine(docker, "config.json"),
                Variable("XDG_RUNTIME_DIR") is { } runtime ? Path.Combine(runtime, "containers", "auth.json") : null,
                Path.Combine(Variable("XDG_CONFIG_HOME") ?? Path.Combine(home, ".config"), "containers", "auth.json"),
            ];
        return new([.. found.OfType<string>()], Variable);
    }

    /// <summary>Finds the credential of a host.</summary>
    /// <param name="host">Name and port.</param>
    /// <param name="repository">Podman keeps credentials by repository too.</param>
    /// <param name="cancel">Stops.</param>
    /// <returns>Null when nobody is logged in.</returns>
    /// <exception cref="ModelPackException">A file or a helper cannot be read.</exception>
    public async Task<Credential?> FindAsync(string host, string repository, CancellationToken cancel)
    {
        if (variable is not null)
        {
            if (EnvironmentCredential.Find(host, variable) is { } given)
            {
                return given;
            }

            if (variable(ConfigVariable) is { } text && await FindAsync(Parse(Encoding.UTF8.GetBytes(text), ConfigVariable), ConfigVariable, host, repository, cancel) is { } credential)
            {
                return credential;
            }
        }

        foreach (string file in files.Where(File.Exists))
        {
            if (await FindAsync(Read(file), file, host, repository, cancel) is { } credential)
            {
                return credential;
            }
        }

        return null;
    }

    private static async Task<Credential?> FindAsync(JsonDocument config, string file, string host, string repository, CancellationToken cancel)
    {
        using JsonDocument document = config;
        JsonElement root = document.RootElement;
        string server = host is "docker.io" or "index.docker.io" ? "https://index.docker.io/v1/" : host;
        if (Child(root, "credHelpers") is { } helpers && Text(helpers, server) is { } helper)
        {
            return await CredentialHelper.GetAsync(helper, server, cancel);
        }

        if (Child(root, "auths") is { } auths)
        {
            foreach (string key in Keys(host, repository))
            {
                if (Child(auths, key) is { } entry && Read(entry, file, key) is { } credential)
                {
                    return credential;
                }
            }
        }

        return Text(root, "credsStore") is { } store ? await CredentialHelper.GetAsync(store, server, cancel) : null;
    }

    private static IEnumerable<string> Keys(string host, string repository)
    {
        for (string path = repository; path.Length > 0; path = path[..Math.Max(0, path.LastIndexOf('/'))])
        {
            yield return $"{host}/{path}";
        }

        foreach (string name in host is "docker.io" or "index.docker.io" ? (string[])["docker.io", "index.docker.io"] : [host])
        {
            yield return name;
            yield return $"https://{name}";
            yield return $"https://{name}/";
            yield return $"https://{name}/v1/";
            yield return $"https://{name}/v2/";
        }
    }

    private static JsonDocument Read(string file) => new FileInfo(file).Length <= MaxBytes
        ? Parse(File.ReadAllBytes(file), file)
        : throw new ModelPackException($"{file}: larger than {MaxBytes} bytes; expected a config of docker or podman");

    private static JsonDocument Parse(byte[] json, string file)
    {
        try
        {
            return JsonDocument.Parse(json);
        }
        catch (JsonException)
        {
            // The fault's own message quotes the file, which holds secrets.
            throw new ModelPackException($"{file}: no JSON; expected a config of docker or podman");
        }
    }

    private static Credential? Read(JsonElement entry, string file, string key)
    {
        if (Text(entry, "identitytoken") is { } token)
        {
            return new(Credential.TokenUser, token);
        }

        if (Text(entry, "registrytoken") is { } bearer)
        {
            return new("", bearer) { IsBearer = true };
        }

        if (Text(entry, "auth") is not { } encoded)
        {
            return Text(entry, "username") is { } user && Text(entry, "password") is { } password ? new(user, password) : null;
        }

        byte[] bytes = new byte[encoded.Length];
        string text = Convert.TryFromBase64String(encoded, bytes, out int length) ? Encoding.UTF8.GetString(bytes, 0, length) : "";
        int colon = text.IndexOf(':');
        return colon > 0
            ? new(text[..colon], text[(colon + 1)..].TrimEnd('\0'))
            : throw new ModelPackException($"{file}: auths.{key}.auth: expected NAME:PASSWORD in base64");
    }

    private static JsonElement? Child(JsonElement json, string key) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(key, out JsonElement child) && child.ValueKind == JsonValueKind.Object ? child : null;

    private static string? Text(JsonElement json, string key) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : null;

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
