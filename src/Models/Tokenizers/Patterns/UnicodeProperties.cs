using System.Globalization;

namespace ModelPack.Models.Tokenizers.Patterns;

/// <summary>Names of properties, as in \p{Lu}: general categories by their short names, and the script Han.</summary>
internal static class UnicodeProperties
{
    private static readonly string[] Names =
    [
        "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co",
        "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Sm", "Sc", "Sk", "So", "Cn",
    ];

    // Script=Han of Unicode 17; among them the marks 々 and 〇, which are no ideographs.
    private static readonly UnionClass Han = new(
    [
        new RangeClass(0x2E80, 0x2E99), new RangeClass(0x2E9B, 0x2EF3), new RangeClass(0x2F00, 0x2FD5), new RangeClass(0x3005, 0x3005),
        new RangeClass(0x3007, 0x3007), new RangeClass(0x3021, 0x3029), new RangeClass(0x3038, 0x303B), new RangeClass(0x3400, 0x4DBF),
        new RangeClass(0x4E00, 0x9FFF), new RangeClass(0xF900, 0xFA6D), new RangeClass(0xFA70, 0xFAD9), new RangeClass(0x16FE2, 0x16FE3),
        new RangeClass(0x16FF0, 0x16FF6), new RangeClass(0x20000, 0x2A6DF), new RangeClass(0x2A700, 0x2B81D),
        new RangeClass(0x2B820, 0x2CEAD), new RangeClass(0x2CEB0, 0x2EBE0), new RangeClass(0x2EBF0, 0x2EE5D),
        new RangeClass(0x2F800, 0x2FA1D), new RangeClass(0x30000, 0x3134A), new RangeClass(0x31350, 0x33479),
    ]);

    /// <summary>\p{L}.</summary>
    public static int Letter { get; } = OfInitial('L');

    /// <summary>\p{M}.</summary>
    public static int Mark { get; } = OfInitial('M');

    /// <summary>The bit of one category.</summary>
    public static int Of(UnicodeCategory category) => 1 << (int)category;

    /// <summary>Finds a property; null when the name is unknown.</summary>
    public static RuneClass? Find(string name)
    {
        if (name is "Han" or "Script=Han" or "sc=Han")
        {
            return Han;
        }

        int categories = name.Length == 1 ? OfInitial(name[0]) : Array.IndexOf(Names, name) is >= 0 and int bit ? 1 << bit : 0;
        return categories == 0 ? null : new CategoryClass(categories);
    }

    private static int OfInitial(char initial)
    {
        int categories = 0;
        for (int i = 0; i < Names.Length; i++)
        {
            categories |= Names[i][0] == initial ? 1 << i : 0;
        }

        return categories;
    }
}
