namespace ModelPack.Packaging.Registries;

/// <summary>What a registry knows someone by.</summary>
/// <param name="User">Name; "&lt;token&gt;" where the secret is an identity token.</param>
/// <param name="Secret">Password or identity token.</param>
public sealed record Credential(string User, string Secret)
{
    /// <summary>The user name that credential helpers give with an identity token.</summary>
    public const string TokenUser = "<token>";

    /// <summary>Whether the secret is a token that the registry itself takes, as it is.</summary>
    public bool IsBearer { get; init; }

    public bool IsIdentityToken => User == TokenUser;

    /// <summary>Never tells the secret.</summary>
    public override string ToString() => $"credential of {User}";
}
