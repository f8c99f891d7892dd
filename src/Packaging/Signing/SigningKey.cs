using System.Security.Cryptography;
using System.Text;
using ModelPack.Models;

namespace ModelPack.Packaging.Signing;

/// <summary>An elliptic-curve key, P-256, P-384 or P-521, from a PEM file; private to sign, either to verify.</summary>
public sealed class SigningKey : IDisposable
{
    private const int MaxBytes = 64 * 1024;

    private readonly ECDsa _key;

    private SigningKey(ECDsa key, bool isPrivate, HashAlgorithmName hash) => (_key, IsPrivate, Hash) = (key, isPrivate, hash);

    /// <summary>Whether it can sign.</summary>
    public bool IsPrivate { get; }

    /// <summary>Hash that goes with its curve.</summary>
    public HashAlgorithmName Hash { get; }

    /// <summary>What tells the key apart: SHA-256 of its public half as PEM, lower-case hexadecimal.</summary>
    public string Hint => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(_key.ExportSubjectPublicKeyInfoPem() + "\n")));

    /// <summary>Reads a key.</summary>
    /// <param name="path">PEM: "PRIVATE KEY", "EC PRIVATE KEY" or "PUBLIC KEY".</param>
    /// <exception cref="ModelPackException">The file is no such key.</exception>
    public static SigningKey Read(string path)
    {
        try
        {
            if (new FileInfo(path).Length > MaxBytes)
            {
                throw new ModelPackException($"{path}: longer than any key; expected a PEM file");
            }

            return Parse(File.ReadAllText(path), path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new ModelPackException($"{path}: cannot be read: {fault.Message.TrimEnd('.')}", fault);
        }
    }

    /// <summary>Signs bytes; the signature is DER, as verifiers expect it.</summary>
    /// <exception cref="InvalidOperationException">The key is public.</exception>
    public byte[] Sign(ReadOnlySpan<byte> data) => IsPrivate
        ? _key.SignData(data, Hash, DSASignatureFormat.Rfc3279DerSequence)
        : throw new InvalidOperationException("A public key does not sign.");

    /// <summary>Whether the private half of this key made a signature of these bytes.</summary>
    public bool Verify(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature) =>
        _key.VerifyData(data, signature, Hash, DSASignatureFormat.Rfc3279DerSequence);

    public void Dispose() => _key.Dispose();

    private static SigningKey Parse(string pem, string path)
    {
        if (pem.Contains("ENCRYPTED", StringComparison.Ordinal))
        {
            throw new ModelPackException($"{path}: the key is encrypted; expected one without a passphrase, kept where only the signer reads it");
        }

        ECDsa key = ECDsa.Create();
        try
        {
            key.ImportFromPem(pem);
            HashAlgorithmName hash = key.KeySize switch
            {
                256 => HashAlgorithmName.SHA256,
                384 => HashAlgorithmName.SHA384,
                521 => HashAlgorithmName.SHA512,
                int size => throw new ModelPackException($"{path}: an elliptic-curve key of {size} bits; expected P-256, P-384 or P-521"),
            };
            return new(key, pem.Contains("PRIVATE KEY", StringComparison.Ordinal), hash);
        }
        catch (Exception fault) when (fault is ArgumentException or CryptographicException)
        {
            key.Dispose();
            throw new ModelPackException($"{path}: no elliptic-curve key in PEM (openssl ecparam -name prime256v1 -genkey -noout makes one)", fault);
        }
        catch (ModelPackException)
        {
            key.Dispose();
            throw;
        }
    }
}
