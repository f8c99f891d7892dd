using System.Buffers.Binary;
using ModelPack.Models.Gguf;

namespace ModelPack.Quantize.Importance;

/// <summary>Sums of squares in a GGUF file, divided by their expert's count as they are read.</summary>
/// <param name="gguf">The open file.</param>
/// <param name="file">Its name, for messages.</param>
/// <param name="sums">An F32 tensor.</param>
/// <param name="counts">Rounded counts, one for each expert.</param>
internal sealed class GgufImportanceValues(GgufFile gguf, string file, GgufTensorInfo sums, float[] counts) : ImportanceValues
{
    private readonly long _columns = sums.Count / counts.Length;

    public override long Count => sums.Count;

    /// <summary>Divides in single precision by the rounded count, as llama-quantize does; 1 where nothing was counted.</summary>
    public override void Read(long first, Span<float> destination)
    {
        Span<byte> bytes = stackalloc byte[4096];
        while (!destination.IsEmpty)
        {
            int length = Math.Min(destination.Length, bytes.Length / sizeof(float));
            gguf.ReadBytes(sums, first * sizeof(float), bytes[..(length * sizeof(float))]);
            for (int i = 0; i < length; i++)
            {
                float sum = BinaryPrimitives.ReadSingleLittleEndian(bytes[(i * sizeof(float))..]);
                if (!float.IsFinite(sum) || sum < 0)
                {
                    throw ImportanceFaults.BadValue(file, sums.Name, first + i, sum);
                }

                float count = counts[(first + i) / _columns];
                destination[i] = count > 0 ? sum / count : 1;
            }

            first += length;
            destination = destination[length..];
        }
    }
}
