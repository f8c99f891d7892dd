using System.Text;

namespace ModelPack.Tests.Support;

/// <summary>Spells GGUF files by hand, wrong ones too; knows nothing of our writer.</summary>
internal sealed class GgufBytes
{
    private readonly List<byte> _bytes = [];

    /// <summary>Magic, version, counts.</summary>
    public static GgufBytes Start(ulong tensors, ulong keys, uint version = 3) =>
        new GgufBytes().Raw("GGUF"u8).U32(version).U64(tensors).U64(keys);

    public GgufBytes Raw(ReadOnlySpan<byte> bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    public GgufBytes U8(byte value) => Raw([value]);

    public GgufBytes U32(uint value) => Raw(BitConverter.GetBytes(value));

    public GgufBytes U64(ulong value) => Raw(BitConverter.GetBytes(value));

    public GgufBytes Text(string value) => U64((ulong)Encoding.UTF8.GetByteCount(value)).Raw(Encoding.UTF8.GetBytes(value));

    /// <summary>A key and the number of its type; the value follows.</summary>
    public GgufBytes Key(string key, uint type) => Text(key).U32(type);

    public GgufBytes Tensor(string name, uint type, ulong offset, params ulong[] shape)
    {
        Text(name).U32((uint)shape.Length);
        foreach (ulong dimension in shape)
        {
            U64(dimension);
        }

        return U32(type).U64(offset);
    }

    /// <summary>Zeros up to a multiple.</summary>
    public GgufBytes Pad(int alignment = 32) => Zeros((alignment - (_bytes.Count % alignment)) % alignment);

    public GgufBytes Zeros(int count) => Raw(new byte[count]);

    public byte[] ToArray() => [.. _bytes];
}
