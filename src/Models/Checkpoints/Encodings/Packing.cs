using ModelPack.Models.Tensors;

namespace ModelPack.Models.Checkpoints.Encodings;

/// <summary>Arithmetic of codes in int32 words.</summary>
internal static class Packing
{
    /// <summary>Words that hold so many codes; 32 / bits codes a word, unused bits at its top where bits does not divide 32.</summary>
    public static long Words(long codes, int bits)
    {
        int perWord = 32 / bits;
        return (codes / perWord) + (codes % perWord == 0 ? 0 : 1);
    }

    /// <summary>Checks that a stored tensor is the int32 matrix that a packing needs.</summary>
    /// <exception cref="InvalidCheckpointException">Another type or shape.</exception>
    public static void Check(StoredTensor words, long rows, long columns) => Check(words, [DType.I32], [rows, columns]);

    /// <summary>Checks type and shape of a stored tensor.</summary>
    /// <exception cref="InvalidCheckpointException">Another type or shape.</exception>
    public static void Check(StoredTensor tensor, DType[] types, long[] shape)
    {
        if (!types.Contains(tensor.Info.Type) || !tensor.Info.Shape.SequenceEqual(shape))
        {
            throw new InvalidCheckpointException(
                $"{tensor.Place}: {tensor.Info.Type} {Spelling.Shape(tensor.Info.Shape)}; expected {string.Join(" or ", types)} {Spelling.Shape(shape)}");
        }
    }
}
