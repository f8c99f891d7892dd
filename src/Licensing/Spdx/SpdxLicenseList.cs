using System.Collections.Frozen;
using ModelPack.Licensing.Identity;

namespace ModelPack.Licensing.Spdx;

/// <summary>The ids of SPDX's license list that this program has a text of.</summary>
public static class SpdxLicenseList
{
    private static readonly Lazy<FrozenDictionary<string, string>> Ids = new(static () =>
        LicenseDetector.Default.KnownIds
            .Where(static id => !id.StartsWith(SpdxLicense.ReferencePrefix, StringComparison.Ordinal))
            .ToFrozenDictionary(static id => id, StringComparer.OrdinalIgnoreCase));

    /// <summary>Every id, in no order.</summary>
    public static IEnumerable<string> All => Ids.Value.Values;

    /// <summary>The id in the list's spelling, or null when it is not there; case makes no difference.</summary>
    public static string? Find(string id) => Ids.Value.GetValueOrDefault(id);
}
