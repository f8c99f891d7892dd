using System.Text;
using ModelPack.Licensing.Spdx;

namespace ModelPack.Packaging.NuGet;

/// <summary>The license of a package as its nuspec says it: an SPDX expression where SPDX lists every license, else a file.</summary>
/// <param name="Expression">For <c>type="expression"</c>; null for none.</param>
/// <param name="File">Path of a text in the package, for <c>type="file"</c>; null for none.</param>
/// <param name="Made">The text at <paramref name="File"/> where it is not one of the package's own; null where it is.</param>
internal sealed record NuGetLicense(string? Expression, string? File, byte[]? Made)
{
    // No text of a model has such a name at the root of a package.
    private const string MadeFile = "PACKAGE-LICENSE.txt";

    /// <param name="licenses">SPDX expressions, all of which hold.</param>
    /// <param name="texts">License texts that the package carries.</param>
    public static NuGetLicense Of(IReadOnlyList<string> licenses, IReadOnlyList<NuGetText> texts)
    {
        if (licenses.Count > 0 && licenses.All(IsListed))
        {
            return new(string.Join(" AND ", licenses.Select(l => licenses.Count > 1 && l.Contains(' ', StringComparison.Ordinal) ? $"({l})" : l)), null, null);
        }

        NuGetText[] own = [.. texts.Where(static t => t.IsLicense)];
        return own.Length == 1 && own[0].IsReadByFeeds ? new(null, own[0].Path, null)
            : own.Length == 0 && licenses.Count == 0 ? new(null, null, null)
            : new(null, MadeFile, Encoding.UTF8.GetBytes(Together(licenses, own)));
    }

    private static bool IsListed(string text) => SpdxExpression.TryParse(text, out SpdxExpression? expression, out _)
        && expression.Licenses.All(static l => l.Document is null && SpdxLicenseList.Find(l.Id) is not null);

    // NuGet takes one file: where there are several texts, it is all of them.
    private static string Together(IReadOnlyList<string> licenses, NuGetText[] texts)
    {
        string head = licenses.Count == 0 ? "" : $"License: {string.Join(", ", licenses)}\n";
        return head + string.Concat(texts.Select(static t => $"\n==== {t.Path} ====\n\n{Encoding.UTF8.GetString(t.Content.Span).TrimEnd()}\n"));
    }
}
