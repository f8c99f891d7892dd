using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ModelPack.Models.Gguf;

namespace ModelPack.Quantize.Blocks;

/// <summary>Turns a block struct into a <see cref="QuantType"/>; the one place that casts bytes to blocks.</summary>
internal sealed class BlockType<TBlock> : QuantType
    where TBlock : unmanaged, IQuantBlock<TBlock>
{
    public BlockType(GgmlType storage)
        : base(storage) =>
        Debug.Assert(Unsafe.SizeOf<TBlock>() == storage.BlockBytes, "The struct is not the file's layout.");

    public override void Encode(
        ReadOnlySpan<float> weights, int columns, ReadOnlySpan<float> importance, Span<byte> output) =>
        TBlock.Encode(weights, columns, importance, MemoryMarshal.Cast<byte, TBlock>(output));

    public override void Decode(ReadOnlySpan<byte> input, Span<float> weights) =>
        TBlock.Decode(MemoryMarshal.Cast<byte, TBlock>(input), weights);
}
