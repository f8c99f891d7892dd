using ModelPack.Models;

namespace ModelPack.Packaging.Signing;

/// <summary>An OpenSSF Model Signing bundle: an in-toto statement of file digests, signed in a DSSE envelope.</summary>
public static class ModelSignature
{
    private const int MaxBytes = 64 << 20;

    /// <summary>Kind of the statement.</summary>
    public const string PredicateType = ModelStatement.PredicateType;

    /// <summary>Signs files; digests that are known already need not be computed again.</summary>
    /// <param name="model">Name of the model.</param>
    /// <param name="files">Its files, each once.</param>
    /// <param name="key">A private key.</param>
    /// <param name="package">The package that they are of; null for a folder or a file.</param>
    /// <returns>The bundle, JSON with a line feed at the end.</returns>
    public static string Sign(string model, IEnumerable<SignedFile> files, SigningKey key, SignedPackage? package = null) =>
        SignatureBundle.Sign(ModelStatement.Write(model, [.. files.OrderBy(static f => f.Name, StringComparer.Ordinal)], package), key);

    /// <summary>What a bundle says of files, if the key signed it.</summary>
    /// <param name="bundle">The bundle.</param>
    /// <param name="name">Its file name, for messages.</param>
    /// <param name="key">The signer's key; its public half is enough.</param>
    /// <exception cref="ModelPackException">It is no such bundle.</exception>
    /// <returns>What was signed; null when another key signed, or the statement was changed.</returns>
    public static SignedModel? Open(string bundle, string name, SigningKey key) =>
        bundle.Length > MaxBytes ? throw new ModelPackException($"{name}: longer than any signature")
        : SignatureBundle.Open(bundle, name, key) is { } statement ? ModelStatement.Read(statement, name)
        : null;

    /// <summary>Whether a bundle says that it is of a key; only <see cref="Open"/> tells whether that is true.</summary>
    public static bool IsOf(string bundle, string name, SigningKey key) => SignatureBundle.HintOf(bundle, name) == key.Hint;

    /// <summary>Compares what was signed with what there is, one sentence a difference.</summary>
    /// <param name="signed">From <see cref="Open"/>.</param>
    /// <param name="found">From <see cref="FolderDigests"/>, or from a manifest.</param>
    public static IReadOnlyList<(string File, string Message)> Differences(IReadOnlyList<SignedFile> signed, IReadOnlyList<SignedFile> found)
    {
        Dictionary<string, string> now = found.ToDictionary(static f => f.Name, static f => f.Sha256, StringComparer.Ordinal);
        List<(string File, string Message)> differences = [];
        foreach (SignedFile file in signed)
        {
            if (!now.Remove(file.Name, out string? digest))
            {
                differences.Add((file.Name, "was signed and is missing"));
            }
            else if (digest != file.Sha256)
            {
                differences.Add((file.Name, $"SHA-256 {digest}; {file.Sha256} was signed"));
            }
        }

        differences.AddRange(now.Keys.Order(StringComparer.Ordinal).Select(static name => (name, "was not signed")));
        return differences;
    }
}
