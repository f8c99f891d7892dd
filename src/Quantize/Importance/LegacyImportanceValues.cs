using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace ModelPack.Quantize.Importance;

/// <summary>Sums of squares in a file of the old format, divided by the number of batches as they are read.</summary>
/// <param name="handle">The open file; not owned.</param>
/// <param name="file">Its name, for messages.</param>
/// <param name="name">Name of the entry.</param>
/// <param name="offset">First byte of the sums.</param>
/// <param name="count">Number of sums.</param>
/// <param name="batches">What to divide by; 0 for nothing.</param>
internal sealed class LegacyImportanceValues(
    SafeFileHandle handle, string file, string name, long offset, int count, int batches) : ImportanceValues
{
    public override long Count => count;

    public override void Read(long first, Span<float> destination)
    {
        Span<byte> bytes = stackalloc byte[4096];
        while (!destination.IsEmpty)
        {
            int length = Math.Min(destination.Length, bytes.Length / sizeof(float));
            ReadBytes(offset + (first * sizeof(float)), bytes[..(length * sizeof(float))]);
            for (int i = 0; i < length; i++)
            {
                float sum = BinaryPrimitives.ReadSingleLittleEndian(bytes[(i * sizeof(float))..]);
                if (!float.IsFinite(sum) || sum < 0)
                {
                    throw ImportanceFaults.BadValue(file, name, first + i, sum);
                }

                destination[i] = batches > 0 ? sum / batches : sum;
            }

            first += length;
            destination = destination[length..];
        }
    }

    private void ReadBytes(long at, Span<byte> destination)
    {
        try
        {
            while (!destination.IsEmpty)
            {
                int read = RandomAccess.Read(handle, destination, at);
                if (read == 0)
                {
                    throw ImportanceFaults.Truncated(file, name, at, destination.Length, 0);
                }

                at += read;
                destination = destination[read..];
            }
        }
        catch (IOException cause)
        {
            throw ImportanceFaults.CannotRead(file, cause);
        }
    }
}
