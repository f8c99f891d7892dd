using System.Runtime.Intrinsics;

namespace ModelPack.Quantize.Kernels;

/// <summary>The variants of one kernel by name, the specification first; all give the same bytes on any machine.</summary>
internal sealed class KernelVariants<TBlock>(
    Encoder<TBlock> scalar, Encoder<TBlock> vector128, Encoder<TBlock> vector256, Encoder<TBlock> vector512)
{
    /// <summary>Every variant; tests run them all, hardware or not.</summary>
    public IReadOnlyList<(string Name, Encoder<TBlock> Encode)> All { get; } =
    [
        ("scalar", scalar),
        ("vector128", vector128),
        ("vector256", vector256),
        ("vector512", vector512),
    ];

    /// <summary>
    /// The variant for the widest registers this machine has. Where these have 128 bits, sixteen lanes do not fit in the registers
    /// of x86, but that is still at least twice as fast as the scalar variant.
    /// </summary>
    public Encoder<TBlock> Best { get; } =
        Vector512.IsHardwareAccelerated ? vector512
        : Vector256.IsHardwareAccelerated ? vector256
        : Vector128.IsHardwareAccelerated ? vector128
        : scalar;
}
