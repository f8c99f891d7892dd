using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ModelPack.Models;

namespace ModelPack.Packaging.Registries;

/// <summary>Certificates of a user's own authority.</summary>
internal static class CertificateFile
{
    /// <summary>Trusts a file's certificates besides the system's.</summary>
    /// <param name="file">PEM.</param>
    /// <exception cref="ModelPackException">The file cannot be read or holds none.</exception>
    public static X509ChainPolicy Trust(string file)
    {
        X509ChainPolicy policy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        try
        {
            policy.CustomTrustStore.ImportFromPemFile(file);
        }
        catch (Exception fault) when (fault is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new ModelPackException($"{file}: cannot be read as PEM certificates: {fault.Message.TrimEnd('.')}", fault);
        }

        if (policy.CustomTrustStore.Count == 0)
        {
            throw new ModelPackException($"{file}: holds no certificate; expected PEM");
        }

        using X509Store system = new(StoreName.Root, StoreLocation.LocalMachine);
        try
        {
            system.Open(OpenFlags.ReadOnly | OpenFlags.OpenExistingOnly);
            policy.CustomTrustStore.AddRange(system.Certificates);
        }
        catch (CryptographicException)
        {
            // A system without a store: the file alone is trusted.
        }

        return policy;
    }
}
