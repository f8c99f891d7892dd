using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ModelPack.Quantize.Blocks;

/// <summary>32 codes of 4 bits: byte <c>j</c> holds code <c>j</c> in its low half and code <c>j+16</c> in its high half.</summary>
[InlineArray(16)]
internal struct Nibbles
{
    private byte _first;

    /// <summary>Packs the low 4 bits of codes 0 to 15 and 16 to 31.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Nibbles Pack(Vector128<byte> low, Vector128<byte> high)
    {
        Unsafe.SkipInit(out Nibbles packed);
        ((low & Vector128.Create((byte)0x0F)) | (high << 4)).StoreUnsafe(ref packed._first);
        return packed;
    }

    /// <summary>Bit 4 of codes 0 to 15 and 16 to 31, code 0 lowest.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint FifthBits(Vector128<byte> low, Vector128<byte> high) =>
        (low << 3).ExtractMostSignificantBits() | ((high << 3).ExtractMostSignificantBits() << 16);

    /// <summary>Code <paramref name="j"/> of 32.</summary>
    public readonly int Code(int j) => j < 16 ? this[j] & 0x0F : this[j - 16] >> 4;
}
