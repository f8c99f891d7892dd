namespace ModelPack.Models.Onnx.Export;

/// <summary>How the elements of a weight are stored; a closed choice.</summary>
public abstract record OnnxWeightFormat
{
    private OnnxWeightFormat()
    {
    }

    /// <summary>One number an element.</summary>
    /// <param name="Type">Float, Float16 or BFloat16.</param>
    public sealed record Plain(OnnxElementType Type) : OnnxWeightFormat;

    /// <summary>Whole numbers, scaled block by block along a row; as MatMulNBits, QMoE and GatherBlockQuantized read them.</summary>
    /// <param name="Bits">4 or 8.</param>
    /// <param name="BlockSize">Weights that share a scale: a power of two from 16 to 256, or 0 for a whole row (experts only).</param>
    /// <param name="Symmetric">No zero points: the middle value, 2^(bits-1), is zero.</param>
    /// <param name="ScaleType">Float or Float16.</param>
    public sealed record Blocks(int Bits, int BlockSize, bool Symmetric, OnnxElementType ScaleType) : OnnxWeightFormat;
}
