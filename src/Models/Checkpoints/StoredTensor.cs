using ModelPack.Models.Tensors;

namespace ModelPack.Models.Checkpoints;

/// <summary>A stored tensor and the open file its bytes are in.</summary>
/// <param name="Info">Name, type, shape and place.</param>
/// <param name="File">File that holds the bytes; owned by the checkpoint.</param>
internal sealed record StoredTensor(TensorInfo Info, WeightFile File)
{
    /// <summary>Start of error messages about it: "model-00001-of-00002.safetensors: lm_head.weight".</summary>
    public string Place => $"{File.Name}: {Spelling.OneLine(Info.Name)}";

    /// <summary>Reads bytes of the tensor.</summary>
    /// <param name="offset">From the start of the tensor.</param>
    /// <param name="destination">Filled completely; must end within the tensor.</param>
    public void Read(long offset, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(destination.Length, Info.Location.Length - offset, nameof(destination));
        File.Read(Info.Location.Offset + offset, destination);
    }

    /// <summary>Reads a rectangle of bytes out of rows of equal length.</summary>
    /// <param name="rowBytes">Length of a stored row.</param>
    /// <param name="firstRow">First row.</param>
    /// <param name="firstByte">First byte within each row.</param>
    /// <param name="width">Bytes taken from each row.</param>
    /// <param name="destination">Rows of <paramref name="width"/> bytes.</param>
    public void ReadPanel(long rowBytes, long firstRow, long firstByte, int width, Span<byte> destination)
    {
        if (width == rowBytes)
        {
            Read(firstRow * rowBytes, destination);
            return;
        }

        for (long row = firstRow; !destination.IsEmpty; row++)
        {
            Read((row * rowBytes) + firstByte, destination[..width]);
            destination = destination[width..];
        }
    }
}
