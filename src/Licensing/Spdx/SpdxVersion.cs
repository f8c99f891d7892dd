using System.Globalization;

namespace ModelPack.Licensing.Spdx;

/// <summary>The version in an id: "CC-BY-SA-4.0" is version 4.0 of "CC-BY-SA-", "GPL-2.0-or-later" 2.0 and later of "GPL-".</summary>
internal sealed record SpdxVersion(string Family, IReadOnlyList<int> Numbers, bool OrLater)
{
    private const string Only = "-only";

    private const string Later = "-or-later";

    /// <summary>Whether whoever approves a license approves what is offered.</summary>
    public static bool Covers(SpdxLicense approved, SpdxLicense offered)
    {
        if (approved.Exception != offered.Exception || approved.Document != offered.Document)
        {
            return false;
        }

        SpdxVersion wanted = Of(approved);
        SpdxVersion given = Of(offered);
        if (wanted.Family != given.Family)
        {
            return false;
        }

        int order = Compare(given.Numbers, wanted.Numbers);
        return (given.OrLater, wanted.OrLater) switch
        {
            (true, true) => true,
            (true, false) => order <= 0,
            (false, true) => order >= 0,
            (false, false) => order == 0,
        };
    }

    private static SpdxVersion Of(SpdxLicense license)
    {
        string id = license.Id;
        bool later = license.OrLater || id.EndsWith(Later, StringComparison.Ordinal);
        id = id.EndsWith(Later, StringComparison.Ordinal) ? id[..^Later.Length] : id;
        id = id.EndsWith(Only, StringComparison.Ordinal) ? id[..^Only.Length] : id;
        string[] parts = id.Split('-');
        int at = license.IsReference ? -1 : Array.FindIndex(parts, static part => part.Length > 0 && part.All(static c => char.IsAsciiDigit(c) || c == '.') && char.IsAsciiDigit(part[^1]));
        if (at <= 0)
        {
            return new(id, [], later);
        }

        int[] numbers = [.. parts[at].Split('.').Select(static n => int.TryParse(n, NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : 0)];
        parts[at] = "*";
        return new(string.Join('-', parts), numbers, later);
    }

    private static int Compare(IReadOnlyList<int> left, IReadOnlyList<int> right)
    {
        for (int i = 0; i < Math.Max(left.Count, right.Count); i++)
        {
            int order = (i < left.Count ? left[i] : 0).CompareTo(i < right.Count ? right[i] : 0);
            if (order != 0)
            {
                return order;
            }
        }

        return 0;
    }
}
