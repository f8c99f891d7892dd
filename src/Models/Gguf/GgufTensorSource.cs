using System.Buffers;
using ModelPack.Models.Tensors;
using ModelPack.Models.Tensors.Kernels;

namespace ModelPack.Models.Gguf;

/// <summary>An F32, F16 or BF16 tensor of a GGUF file.</summary>
internal sealed class GgufTensorSource(GgufPart part, GgufTensorInfo tensor, DType type)
    : TensorSource(tensor.Shape.Skip(1).Aggregate(1L, static (n, d) => n * d), (int)tensor.Shape[0])
{
    private const int StretchBytes = 1 << 18;

    private readonly Widen.Kernel _widen = type switch
    {
        DType.F32 => Widen.F32,
        DType.F16 => Widen.F16,
        DType.BF16 => Widen.BF16,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "not an unquantized GGUF type"),
    };

    public override DType NaturalType => type;

    private GgufPart Part => part;

    private string Name => tensor.Name;

    /// <summary>Two sources of one tensor of one open file are the same rows.</summary>
    public override bool Equals(object? other) => other is GgufTensorSource source && ReferenceEquals(part, source.Part) && tensor.Name == source.Name;

    /// <inheritdoc/>
    public override int GetHashCode() => tensor.Name.GetHashCode(StringComparison.Ordinal);

    public override void Read(long firstRow, Span<float> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(firstRow);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(checked(firstRow * Columns), tensor.Count - destination.Length);
        int width = tensor.Type.BlockBytes;
        long offset = tensor.Offset + (firstRow * Columns * width);
        byte[] bytes = ArrayPool<byte>.Shared.Rent((int)Math.Min(StretchBytes, (long)destination.Length * width));
        try
        {
            while (!destination.IsEmpty)
            {
                int count = Math.Min(destination.Length, StretchBytes / width);
                Span<byte> stretch = bytes.AsSpan(0, count * width);
                part.Read(tensor.Name, offset, stretch);
                _widen(stretch, destination[..count]);
                destination = destination[count..];
                offset += stretch.Length;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }
}
