using System.Runtime.InteropServices;
using ModelPack.Models.Gguf;
using ModelPack.Quantize.Solving;
using ModelPack.Quantize.Streaming;

namespace ModelPack.Quantize.Blocks;

/// <summary>Rows of blocks of a GGUF type, as a target of the solver.</summary>
internal sealed class LevelRowGrid<TBlock>(GgmlType storage, int columns)
    : RowGrid(
        storage.Name.ToLowerInvariant(),
        columns,
        new(TBlock.Run, columns / TBlock.Run, TBlock.Highest - TBlock.Lowest),
        checked((int)storage.SizeOf(columns)))
    where TBlock : unmanaged, ILevelBlock<TBlock>
{
    internal override void Encode(ReadOnlySpan<float> weights, ReadOnlySpan<float> importance, EncodedRows output) =>
        TBlock.Encode(weights, Columns, importance, MemoryMarshal.Cast<byte, TBlock>(output.Values));

    internal override void ReadGrid(EncodedRows rows, Span<LevelStep> steps)
    {
        int runs = TBlock.Count / TBlock.Run;
        int at = 0;
        foreach (ref TBlock block in MemoryMarshal.Cast<byte, TBlock>(rows.Values))
        {
            for (int run = 0; run < runs; run++)
            {
                (float step, float offset) = block.GridOf(run);
                steps[at++] = new(step, offset, TBlock.Lowest);
            }
        }
    }

    internal override void SetCodes(ReadOnlySpan<byte> codes, EncodedRows rows)
    {
        Span<TBlock> blocks = MemoryMarshal.Cast<byte, TBlock>(rows.Values);
        for (int i = 0; i < blocks.Length; i++)
        {
            blocks[i].SetCodes(codes.Slice(i * TBlock.Count, TBlock.Count));
        }
    }

    internal override void Decode(EncodedRows rows, Span<float> weights) =>
        TBlock.Decode(MemoryMarshal.Cast<byte, TBlock>(rows.Values), weights);
}
