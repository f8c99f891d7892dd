using System.Runtime.Intrinsics;

namespace ModelPack.Quantize.Blocks;

/// <summary>32 weights as a scale times codes around zero: Q4_0 and Q5_0.</summary>
internal interface ISymmetricBlock<TSelf> : IQuantBlock<TSelf>
    where TSelf : unmanaged, ISymmetricBlock<TSelf>
{
    /// <summary>Codes 0 … 2·Range−1 stand for −Range … Range−1.</summary>
    static abstract int Range { get; }

    /// <summary>Fills the block.</summary>
    /// <param name="scale">Weight of a code step.</param>
    /// <param name="low">Codes of weights 0 to 15, one a byte.</param>
    /// <param name="high">Codes of weights 16 to 31.</param>
    static abstract TSelf Pack(Half scale, Vector128<byte> low, Vector128<byte> high);
}
