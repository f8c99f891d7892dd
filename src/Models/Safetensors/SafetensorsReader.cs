using System.Buffers.Binary;
using ModelPack.Models.Checkpoints;

namespace ModelPack.Models.Safetensors;

/// <summary>Reads the header of a .safetensors file; no weight is touched.</summary>
internal static class SafetensorsReader
{
    private static ReadOnlySpan<byte> LfsPointer => "version https://git-lfs.github.com/spec/"u8;

    /// <summary>Reads and checks the header.</summary>
    /// <param name="file">The open file.</param>
    /// <param name="index">Number of the file in its checkpoint.</param>
    /// <exception cref="InvalidCheckpointException">Any rule of the format is broken, or it is a Git LFS pointer.</exception>
    public static SafetensorsHeader Read(WeightFile file, int index)
    {
        if (IsLfsPointer(file))
        {
            throw SafetensorsFaults.GitLfsPointer(file.Name);
        }

        if (file.Length < 8)
        {
            throw SafetensorsFaults.HeaderTooShort(file.Name, file.Length);
        }

        Span<byte> prefix = stackalloc byte[8];
        file.Read(0, prefix);
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > SafetensorsHeader.MaxLength)
        {
            throw SafetensorsFaults.HeaderTooLong(file.Name, length);
        }

        if ((long)length > file.Length - 8)
        {
            throw SafetensorsFaults.HeaderPastEnd(file.Name, length, file.Length);
        }

        byte[] json = new byte[(int)length];
        file.Read(8, json);
        return SafetensorsHeader.Parse(file.Name, index, json, file.Length - 8 - json.Length);
    }

    /// <summary>Whether a file is what a clone without Git LFS leaves in a large file's place.</summary>
    public static bool IsLfsPointer(WeightFile file)
    {
        if (file.Length < LfsPointer.Length)
        {
            return false;
        }

        Span<byte> start = stackalloc byte[LfsPointer.Length];
        file.Read(0, start);
        return start.SequenceEqual(LfsPointer);
    }
}
