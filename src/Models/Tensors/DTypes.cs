namespace ModelPack.Models.Tensors;

/// <summary>Names and sizes of element types, as safetensors spells them.</summary>
internal static class DTypes
{
    private static readonly (string Name, DType Type, int Bits)[] Table =
    [
        ("BF16", DType.BF16, 16),
        ("BOOL", DType.Bool, 8),
        ("C64", DType.C64, 64),
        ("F16", DType.F16, 16),
        ("F32", DType.F32, 32),
        ("F4", DType.F4, 4),
        ("F64", DType.F64, 64),
        ("F6_E2M3", DType.F6E2M3, 6),
        ("F6_E3M2", DType.F6E3M2, 6),
        ("F8_E4M3", DType.F8E4M3, 8),
        ("F8_E5M2", DType.F8E5M2, 8),
        ("F8_E8M0", DType.F8E8M0, 8),
        ("I16", DType.I16, 16),
        ("I32", DType.I32, 32),
        ("I64", DType.I64, 64),
        ("I8", DType.I8, 8),
        ("U16", DType.U16, 16),
        ("U32", DType.U32, 32),
        ("U64", DType.U64, 64),
        ("U8", DType.U8, 8),
    ];

    /// <summary>Every name, for error messages.</summary>
    public static string Names { get; } = string.Join(", ", Table.Select(static t => t.Name));

    /// <summary>Name of a type: "F8_E4M3".</summary>
    public static string Name(this DType type) => Table.First(t => t.Type == type).Name;

    /// <summary>Size of one element; less than 8 for the packed types.</summary>
    public static int Bits(this DType type)
    {
        foreach ((_, DType known, int bits) in Table)
        {
            if (known == type)
            {
                return bits;
            }
        }

        throw new ArgumentOutOfRangeException(nameof(type), type, "not a member of DType");
    }

    /// <summary>False for a name that the format does not know.</summary>
    public static bool TryParse(string name, out DType type)
    {
        foreach ((string known, DType candidate, _) in Table)
        {
            if (known == name)
            {
                type = candidate;
                return true;
            }
        }

        type = default;
        return false;
    }
}
