using ModelPack.Models;

namespace ModelPack.Packaging.Registries;

/// <summary>A credential in environment variables, for machines on which nobody logs in. It belongs to one host and goes to no other.</summary>
internal static class EnvironmentCredential
{
    private const string Host = "MODELPACK_REGISTRY_HOST";
    private const string User = "MODELPACK_REGISTRY_USER";
    private const string Password = "MODELPACK_REGISTRY_PASSWORD";
    private const string Token = "MODELPACK_REGISTRY_TOKEN";

    /// <param name="host">Name and port of the registry that asks.</param>
    /// <param name="variable">Reads the environment; null or "" for what is not set.</param>
    /// <returns>Null when there is none for this host.</returns>
    /// <exception cref="ModelPackException">A secret without a host, or a name without a password.</exception>
    public static Credential? Find(string host, Func<string, string?> variable)
    {
        string? token = Read(Token);
        string? user = Read(User);
        string? password = Read(Password);
        if (token is null && password is null)
        {
            return null;
        }

        string owner = Read(Host) ?? throw new ModelPackException($"{(token is null ? Password : Token)} is set without {Host}: a secret goes to the registry that it belongs to only");
        if (!owner.Equals(host, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        return token is not null ? new("", token) { IsBearer = true }
            : user is not null ? new(user, password!)
            : throw new ModelPackException($"{Password} is set without {User}");

        string? Read(string name) => variable(name) is { Length: > 0 } value && !value.Any(char.IsControl) ? value : null;
    }
}
