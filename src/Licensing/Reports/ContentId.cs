using System.Security.Cryptography;
using System.Text;
using ModelPack.Licensing.Audit;

namespace ModelPack.Licensing.Reports;

/// <summary>Names that follow from what a document says: the same content has the same name, another has another.</summary>
internal static class ContentId
{
    /// <summary>A UUID of the version that leaves its bits to the maker (RFC 9562, version 8).</summary>
    public static string Uuid(string content)
    {
        byte[] bytes = SHA256.HashData(Encoding.UTF8.GetBytes(content))[..16];
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x80);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true).ToString();
    }

    /// <summary>32 hexadecimal digits of what an audit and a model say.</summary>
    public static string Hex(AuditReport report, ReportModel? model)
    {
        StringBuilder content = new(string.Join('\n', report.Artifacts.Select(static a => $"{a.Id} {a.Conclusion.Expression} {string.Join(' ', a.Files.Select(static f => f.Sha256))}")));
        if (model is not null)
        {
            content.Append($"\n{model.Version} {model.PackageUrl} {model.Architecture}");
            content.AppendJoin("", model.Files.Select(static f => $"\n{f.Path} {f.Sha256}"));
            content.AppendJoin("", model.Facts.Select(static f => $"\n{f.Name}={f.Value}"));
            content.AppendJoin("", model.Tensors.Select(static t => $"\n{t.Name} {t.Recipe}"));
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(content.ToString())))[..32];
    }
}
