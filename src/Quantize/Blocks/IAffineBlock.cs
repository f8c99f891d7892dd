using System.Runtime.Intrinsics;

namespace ModelPack.Quantize.Blocks;

/// <summary>32 weights as a minimum plus a scale times codes from zero: Q4_1 and Q5_1.</summary>
internal interface IAffineBlock<TSelf> : IQuantBlock<TSelf>
    where TSelf : unmanaged, IAffineBlock<TSelf>
{
    /// <summary>The greatest code.</summary>
    static abstract int Top { get; }

    /// <summary>Fills the block.</summary>
    /// <param name="scale">Weight of a code step.</param>
    /// <param name="min">Weight of code 0.</param>
    /// <param name="low">Codes of weights 0 to 15, one a byte.</param>
    /// <param name="high">Codes of weights 16 to 31.</param>
    static abstract TSelf Pack(Half scale, Half min, Vector128<byte> low, Vector128<byte> high);
}
