using System.Text;
using ModelPack.Models;
using ModelPack.Models.Gguf;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Models.Gguf;

/// <summary>One broken file for each member of <see cref="GgufFaults"/>, spelled byte by byte.</summary>
public sealed class GgufFaultsTests
{
    [Fact]
    public void An_empty_file() => Refused<InvalidCheckpointException>([], "0 bytes; expected a file with content");

    [Fact]
    public void A_file_that_does_not_exist()
    {
        ModelPackException fault = Assert.Throws<ModelPackException>(() => GgufFile.Open("/no/such/m.gguf"));
        Assert.Equal("/no/such/m.gguf: no such file", fault.Message);
    }

    [Fact]
    public void A_folder()
    {
        using TempFolder folder = new();
        ModelPackException fault = Assert.Throws<ModelPackException>(() => GgufFile.Open(folder.Path));
        Assert.Equal($"{folder.Path}: a folder where a GGUF file was expected", fault.Message);
    }

    [Fact]
    public void A_path_that_cannot_be_opened() =>
        Assert.StartsWith(": cannot be opened: ", Assert.Throws<ModelPackException>(() => GgufFile.Open("")).Message);

    [Fact]
    public void A_Git_LFS_pointer() => Refused<InvalidCheckpointException>(
        Encoding.ASCII.GetBytes("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"),
        "a Git LFS pointer, not the file itself; run 'git lfs pull' in its folder");

    [Theory]
    [InlineData("version 1 of something else, and longer than a pointer is", "76657273")]
    [InlineData("vers", "76657273")]
    [InlineData("GG", "4747")]
    [InlineData("PK\u0003\u0004", "504b0304")]
    public void Another_format(string text, string hex) => Refused<InvalidCheckpointException>(
        Encoding.ASCII.GetBytes(text), $"starts with bytes {hex}; a GGUF file starts with 47475546 (\"GGUF\")");

    [Fact]
    public void A_big_endian_file() => Refused<UnsupportedModelException>(
        [.. "GGUF"u8, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        "a big-endian GGUF file of version 3; only little-endian files are read");

    [Fact]
    public void Version_1() => Refused<UnsupportedModelException>(
        GgufBytes.Start(0, 0, version: 1), "GGUF version 1, which llama.cpp reads no longer either; versions 2 and 3 are read");

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    public void An_unknown_version(uint version) => Refused<UnsupportedModelException>(
        GgufBytes.Start(0, 0, version), $"GGUF version {version}; versions 2 and 3 are read");

    [Theory]
    [InlineData(5, "header: the file ends too early: 4 bytes expected at byte 4, 1 are left")]
    [InlineData(20, "header: the file ends too early: 8 bytes expected at byte 16, 4 are left")]
    [InlineData(37, "header: 1 metadata keys cannot stand in the 13 bytes that are left")]
    [InlineData(38, "abc: the file ends too early: 4 bytes expected at byte 35, 3 are left")]
    [InlineData(41, "abc: the file ends too early: 8 bytes expected at byte 39, 2 are left")]
    public void A_truncated_file(int length, string message) => Refused<InvalidCheckpointException>(
        GgufBytes.Start(0, 1).Key("abc", 10).U64(7).ToArray()[..length], message);

    [Fact]
    public void More_keys_than_bytes() => Refused<InvalidCheckpointException>(
        GgufBytes.Start(0, ulong.MaxValue).Zeros(27), $"header: {ulong.MaxValue} metadata keys cannot stand in the 27 bytes that are left");

    [Fact]
    public void More_tensors_than_bytes() => Refused<InvalidCheckpointException>(
        GgufBytes.Start(2, 0).Zeros(65), "header: 2 tensors cannot stand in the 65 bytes that are left");

    [Fact]
    public void An_empty_key() => Refused<InvalidCheckpointException>(
        GgufBytes.Start(0, 2).Key("a", 4).U32(1).Key("", 4).U32(1), "key 1: the key is empty");

    [Fact]
    public void A_key_that_is_too_long() => Refused<InvalidCheckpointException>(
        GgufBytes.Start(0, 1).Key(new string('k', 65536), 4).U32(1), "key 0: a key of 65536 bytes; at most 65535 are allowed");

    [Fact]
    public void A_key_of_the_largest_length_is_read()
    {
        using TempFolder folder = new();
        string key = new('k', 65535);
        using GgufFile file = GgufFile.Open(folder.Write("m.gguf", GgufBytes.Start(0, 1).Key(key, 4).U32(1).ToArray()));
        Assert.True(file.Metadata.Contains(key));
    }

    [Fact]
    public void A_key_that_stands_twice() => Refused<InvalidCheckpointException>(
        GgufBytes.Start(0, 2).Key("a", 4).U32(1).Key("a", 4).U32(2), "a: the key stands twice in the metadata");

    [Fact]
    public void A_string_longer_than_the_file() => Refused<InvalidCheckpointException>(
        GgufBytes.Start(0, 1).Key("a", 8).U64(4).Raw("abc"u8),
        "a: a string of 4 bytes at byte 37; 3 bytes are left, and at most 268435456 are read");

    [Fact]
    public void A_value_type_that_does_not_exist() => Refused<InvalidCheckpointException>(
        GgufBytes.Start(0, 1).Key("a", 13).U64(0), "a: value type 13 at byte 33; GGUF has types 0 to 12");

    [Fact]
    public void A_bool_that_is_neither() => Refused<InvalidCheckpointException>(
        GgufBytes.Start(0, 1).Key("a", 7).U8(2), "a: a bool of value 2; expected 0 or 1");

    [Theory]
    [InlineData(8, 4, "String", 24)]
    [InlineData(11, 4, "Int64", 24)]
    [InlineData(5, 7, "Int32", 24)]
    [InlineData(0, 25, "UInt8", 24)]
    [InlineData(9, 3, "Array", 24)]
    [InlineData(0, ulong.MaxValue, "UInt8", 24)]
    public void An_array_longer_than_the_file(uint type, ulong count, string name, int left) => Refused<InvalidCheckpointException>(
        GgufBytes.Start(0, 1).Key("a", 9).U32(type).U64(count).Zeros(left),
        $"a: an array of {count} values of type {name} at byte 37; {left} bytes are left, and at most 67108864 elements are read");

    [Fact]
    public void Arrays_that_nest_too_deep()
    {
        GgufBytes eight = GgufBytes.Start(0, 1).Key("a", 9);
        GgufBytes nine = GgufBytes.Start(0, 1).Key("a", 9);
        for (int i = 0; i < 8; i++)
        {
            eight.U32(i < 7 ? 9u : 0).U64(1);
            nine.U32(9).U64(1);
        }

        Refused<InvalidCheckpointException>(nine.U32(0).U64(1).U8(5), "a: arrays nest deeper than 8 levels");
        using TempFolder folder = new();
        using GgufFile file = GgufFile.Open(folder.Write("m.gguf", eight.U8(5).ToArray()));
        Assert.Equal(1, file.Metadata["a"].Count);
    }

    [Theory]
    [InlineData(4, 0, "0 (UInt32)")]
    [InlineData(4, 12, "12 (UInt32)")]
    [InlineData(4, 1 << 21, "2097152 (UInt32)")]
    [InlineData(5, 0xFFFFFFE0, "-32 (Int32)")]
    [InlineData(6, 0x42000000, "32 (Float32)")]
    public void An_alignment_that_is_none(uint type, uint bits, string value) => Refused<InvalidCheckpointException>(
        GgufBytes.Start(0, 1).Key("general.alignment", type).U32(bits),
        $"general.alignment: {value}; expected an integer, a power of two or a multiple of 8, up to 1048576");

    [Theory]
    [InlineData(4)]
    [InlineData(24)]
    [InlineData(1 << 20)]
    public void An_odd_alignment_is_read(uint alignment)
    {
        using TempFolder folder = new();
        GgufBytes bytes = GgufBytes.Start(1, 1).Key("general.alignment", 4).U32(alignment).Tensor("t", 0, 0, 1).Pad((int)alignment).U32(1);
        using GgufFile file = GgufFile.Open(folder.Write("m.gguf", bytes.ToArray()));
        Assert.Equal((int)alignment, file.Alignment);
        Assert.Equal(0, file.DataOffset % alignment);
    }

    [Fact]
    public void A_tensor_without_a_name() => Refused<InvalidCheckpointException>(
        GgufBytes.Start(1, 0).Tensor("", 0, 0, 1).Pad().U32(0), "tensor 0: a name of 0 bytes; expected 1 to 127");

    [Fact]
    public void A_tensor_name_that_is_too_long() => Refused<InvalidCheckpointException>(
        GgufBytes.Start(1, 0).Tensor(new string('n', 128), 0, 0, 1).Pad().U32(0), "tensor 0: a name of 128 bytes; expected 1 to 127");

    [Fact]
    public void A_tensor_that_stands_twice() => Refused<InvalidCheckpointException>(
        GgufBytes.Start(2, 0).Tensor("t", 0, 0, 1).Tensor("t", 0, 32, 1).Pad().Zeros(64), "t: the tensor stands twice in the file");

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    public void A_rank_that_ggml_does_not_have(int rank) => Refused<InvalidCheckpointException>(
        GgufBytes.Start(1, 0).Tensor("t", 0, 0, [.. Enumerable.Repeat(1UL, rank)]).Zeros(64), $"t: {rank} dimensions; expected 1 to 4");

    [Theory]
    [InlineData(0x8000_0000_0000_0000, 1)]
    [InlineData(0x4000_0000_0000_0000, 2)]
    [InlineData(0x1_0000_0000, 0x8000_0000)]
    [InlineData(0x2000_0000_0000_0000, 1)]
    public void A_tensor_whose_size_overflows(ulong columns, ulong rows) => Refused<InvalidCheckpointException>(
        GgufBytes.Start(1, 0).Tensor("t", 0, 0, columns, rows).Zeros(64), $"t: shape [{columns}, {rows}]: the size does not fit 63 bits");

    [Theory]
    [InlineData(31, "31 (Q4_0_4_4, removed from ggml)")]
    [InlineData(43, "43")]
    [InlineData(uint.MaxValue, "4294967295")]
    public void A_tensor_type_that_is_unknown(uint type, string name) => Refused<UnsupportedModelException>(
        GgufBytes.Start(1, 0).Tensor("t", type, 0, 32).Zeros(64), $"t: tensor type {name}; known types are {string.Join(", ", GgmlType.All)}");

    [Fact]
    public void A_row_that_its_block_does_not_divide() => Refused<InvalidCheckpointException>(
        GgufBytes.Start(1, 0).Tensor("t", 12, 0, 257).Zeros(640), "t: 257 columns; Q4_K needs a multiple of 256");

    [Fact]
    public void An_offset_that_is_not_aligned() => Refused<InvalidCheckpointException>(
        GgufBytes.Start(1, 0).Tensor("t", 0, 16, 1).Pad().Zeros(64), "t: data offset 16; expected a multiple of 32");

    [Theory]
    [InlineData(32, 9, 36)]
    [InlineData(64, 1, 4)]
    [InlineData(0xFFFF_FFFF_FFFF_FFE0, 1, 4)]
    public void A_tensor_outside_the_file(ulong offset, ulong columns, long bytes)
    {
        GgufBytes file = GgufBytes.Start(1, 0).Tensor("t", 0, offset, columns).Pad().Zeros(64);
        long most = offset > long.MaxValue ? file.ToArray().Length : 64;
        Refused<InvalidCheckpointException>(file, $"t: {bytes} bytes at data offset {offset}; the file holds {most} bytes of data");
    }

    [Fact]
    public void Tensors_that_overlap() => Refused<InvalidCheckpointException>(
        GgufBytes.Start(2, 0).Tensor("b", 0, 32, 8).Tensor("a", 0, 0, 9).Pad().Zeros(64), "b: its data overlaps that of a");

    [Fact]
    public void Tensors_in_any_order_with_gaps_and_empty_ones_are_read()
    {
        using TempFolder folder = new();
        byte[] bytes = GgufBytes.Start(3, 0).Tensor("b", 0, 96, 8).Tensor("none", 0, 0, 0, 3).Tensor("a", 0, 0, 8).Pad().Zeros(128).ToArray();
        using GgufFile file = GgufFile.Open(folder.Write("m.gguf", bytes));
        Assert.Equal(["b", "none", "a"], file.Tensors.Select(static t => t.Name));
    }

    [Fact]
    public void A_row_longer_than_2_31()
    {
        // The file is sparse: it takes no room on the disk.
        using TempFolder folder = new();
        string path = folder.Write("m.gguf", GgufBytes.Start(1, 0).Tensor("t", 1, 0, 1UL << 31).Pad().ToArray());
        using (FileStream stream = File.OpenWrite(path))
        {
            stream.SetLength(stream.Length + (1L << 32));
        }

        using GgufFile file = GgufFile.Open(path);
        UnsupportedModelException fault = Assert.Throws<UnsupportedModelException>(() => file.OpenTensor(file.Tensors[0]));
        Assert.Equal("m.gguf: t: 2147483648 columns; at most 2147483647 can be read", fault.Message);
    }

    private static void Refused<T>(GgufBytes bytes, string message)
        where T : ModelPackException => Refused<T>(bytes.ToArray(), message);

    private static void Refused<T>(byte[] bytes, string message)
        where T : ModelPackException
    {
        using TempFolder folder = new();
        string path = folder.Write("m.gguf", bytes);
        Assert.Equal($"m.gguf: {message}", Assert.Throws<T>(() => GgufFile.Open(path)).Message);
    }
}
