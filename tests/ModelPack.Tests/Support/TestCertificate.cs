using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ModelPack.Tests.Support;

/// <summary>A certificate of 127.0.0.1 that nobody but the test trusts.</summary>
internal sealed class TestCertificate : IDisposable
{
    public TestCertificate()
    {
        Key = RSA.Create(2048);
        CertificateRequest request = new("CN=127.0.0.1", Key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        SubjectAlternativeNameBuilder names = new();
        names.AddIpAddress(IPAddress.Loopback);
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        Certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(2));
    }

    public RSA Key { get; }

    public X509Certificate2 Certificate { get; }

    /// <summary>Writes both as PEM.</summary>
    public void Write(string certificate, string key)
    {
        File.WriteAllText(certificate, Certificate.ExportCertificatePem() + "\n");
        File.WriteAllText(key, Key.ExportPkcs8PrivateKeyPem() + "\n");
    }

    public void Dispose()
    {
        Certificate.Dispose();
        Key.Dispose();
    }
}
