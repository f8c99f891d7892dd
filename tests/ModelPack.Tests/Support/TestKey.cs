using System.Security.Cryptography;
using System.Text;

namespace ModelPack.Tests.Support;

/// <summary>Keys to sign with.</summary>
internal static class TestKey
{
    /// <summary>Writes a key and its public half as PEM.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="name">Name of both files, without ending.</param>
    /// <param name="curve">Its curve.</param>
    public static (string Private, string Public) Write(TempFolder folder, string name = "key", string curve = "nistP256")
    {
        using ECDsa key = ECDsa.Create(ECCurve.CreateFromFriendlyName(curve));
        return (
            folder.Write($"{name}.pem", Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem())),
            folder.Write($"{name}.pub", Encoding.ASCII.GetBytes(key.ExportSubjectPublicKeyInfoPem() + "\n")));
    }
}
