using System.Text;
using ModelPack.Models;
using ModelPack.Models.Checkpoints;
using ModelPack.Models.Safetensors;
using ModelPack.Tests.Models.Checkpoints;

namespace ModelPack.Tests.Models.Safetensors;

/// <summary>One literal file for each member of SafetensorsFaults.</summary>
public sealed class SafetensorsFaultsTests
{
    [Theory]
    [InlineData("HeaderTooShort", new byte[] { 2, 0, 0, 0, 0, 0, 0 }, "f.safetensors: 7 bytes; a safetensors file starts with a header length of 8 bytes")]
    [InlineData("HeaderTooLong", new byte[] { 1, 0xE1, 0xF5, 5, 0, 0, 0, 0 }, "f.safetensors: header of 100000001 bytes; at most 100000000 are allowed")]
    [InlineData("HeaderTooLong", new byte[] { 255, 255, 255, 255, 255, 255, 255, 255 }, "f.safetensors: header of 18446744073709551615 bytes; at most 100000000 are allowed")]
    [InlineData("HeaderPastEnd", new byte[] { 3, 0, 0, 0, 0, 0, 0, 0, (byte)'{', (byte)'}' }, "f.safetensors: header of 3 bytes; the file has only 2 after the header length")]
    [InlineData("HeaderNotUtf8", new byte[] { 4, 0, 0, 0, 0, 0, 0, 0, (byte)'{', (byte)'"', 255, (byte)'}' }, "f.safetensors: header is not UTF-8")]
    public void A_broken_start_is_named(string member, byte[] file, string message) => Throws(member, file, message);

    [Fact]
    public void A_git_lfs_pointer_is_named() => Throws(
        "GitLfsPointer",
        Encoding.ASCII.GetBytes("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"),
        "f.safetensors: a Git LFS pointer, not the file itself; run 'git lfs pull' in its folder");

    [Theory]
    [InlineData("HeaderNotObject", "", 0, "f.safetensors: header does not start with {; expected a JSON object")]
    [InlineData("HeaderNotObject", "[]", 0, "f.safetensors: header does not start with {; expected a JSON object")]
    [InlineData("HeaderNotJson", "{\"a\":}", 0, "f.safetensors: header is not valid JSON at line 1, byte 6; expected one object of tensors")]
    [InlineData("HeaderNotJson", "{} {}", 0, "f.safetensors: header is not valid JSON at line 1, byte 4; expected one object of tensors")]
    [InlineData("HeaderNotJson", "{\"\\ud800\":{}}", 0, "f.safetensors: header is not valid JSON; expected one object of tensors")]
    [InlineData(
        "HeaderNotJson",
        "{\"a\":{\"x\":[[[[[[[[[[[[[[[[[0]]]]]]]]]]]]]]]]]}}",
        0,
        "f.safetensors: header is not valid JSON at line 1, byte 25; expected one object of tensors")]
    [InlineData("MetadataNotText", "{\"__metadata__\":{\"a\":1}}", 0, "f.safetensors: __metadata__: expected an object whose values are all strings")]
    [InlineData("MetadataNotText", "{\"__metadata__\":[]}", 0, "f.safetensors: __metadata__: expected an object whose values are all strings")]
    [InlineData("TensorNotObject", "{\"a\":3}", 0, "f.safetensors: a: expected an object with dtype, shape and data_offsets")]
    [InlineData(
        "DuplicateTensor",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[1,2]}}",
        2,
        "f.safetensors: a: appears twice in the header; names must be unique")]
    [InlineData("FieldMissing", "{\"a\":{\"dtype\":\"U8\",\"shape\":[1]}}", 1, "f.safetensors: a: data_offsets is missing; expected dtype, shape and data_offsets")]
    [InlineData("FieldMissing", "{\"a\":{}}", 1, "f.safetensors: a: dtype is missing; expected dtype, shape and data_offsets")]
    [InlineData("FieldRepeated", "{\"a\":{\"dtype\":\"U8\",\"dtype\":\"I8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1, "f.safetensors: a: dtype appears twice; expected it once")]
    [InlineData("FieldInvalid", "{\"a\":{\"dtype\":8,\"shape\":[1],\"data_offsets\":[0,1]}}", 1, "f.safetensors: a: dtype: expected a string")]
    [InlineData(
        "FieldInvalid",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[-1],\"data_offsets\":[0,1]}}",
        1,
        "f.safetensors: a: shape: expected an array of integers from 0 to 9223372036854775807")]
    [InlineData(
        "FieldInvalid",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[1.5],\"data_offsets\":[0,1]}}",
        1,
        "f.safetensors: a: shape: expected an array of integers from 0 to 9223372036854775807")]
    [InlineData(
        "FieldInvalid",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[99999999999999999999],\"data_offsets\":[0,1]}}",
        1,
        "f.safetensors: a: shape: expected an array of integers from 0 to 9223372036854775807")]
    [InlineData("FieldInvalid", "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[1]}}", 1, "f.safetensors: a: data_offsets: expected [begin, end]")]
    [InlineData(
        "UnknownType",
        "{\"a\":{\"dtype\":\"Q4_K\",\"shape\":[1],\"data_offsets\":[0,1]}}",
        1,
        "f.safetensors: a: dtype Q4_K; expected one of BF16, BOOL, C64, F16, F32, F4, F64, F6_E2M3, F6_E3M2, F8_E4M3, F8_E5M2, F8_E8M0, I16, I32, I64, I8, U16, U32, U64, U8")]
    [InlineData(
        "SizeOverflow",
        "{\"a\":{\"dtype\":\"F64\",\"shape\":[9223372036854775807,9223372036854775807],\"data_offsets\":[0,1]}}",
        1,
        "f.safetensors: a: shape and dtype give more bytes than a file can hold")]
    [InlineData(
        "SizeOverflow",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[4611686018427387904,4,0],\"data_offsets\":[0,0]}}",
        0,
        "f.safetensors: a: shape and dtype give more bytes than a file can hold")]
    [InlineData(
        "PartialByte",
        "{\"a\":{\"dtype\":\"F4\",\"shape\":[3],\"data_offsets\":[0,2]}}",
        2,
        "f.safetensors: a: F4 elements do not fill whole bytes; expected a shape whose bits are a multiple of 8")]
    [InlineData("WrongSize", "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,7]}}", 7, "f.safetensors: a: data_offsets span 7 bytes; shape and dtype need 8")]
    [InlineData(
        "OffsetsReversed",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[1,0]}}",
        1,
        "f.safetensors: a: data_offsets [1, 0]; expected the end not before the begin")]
    [InlineData(
        "Hole",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},\"b\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[2,3]}}",
        3,
        "f.safetensors: b: data starts at 2, leaving a hole; expected 1, where the tensor before it ends")]
    [InlineData(
        "Overlap",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]},\"b\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[1,3]}}",
        3,
        "f.safetensors: b: data starts at 1 and overlaps; expected 2, where the tensor before it ends")]
    [InlineData(
        "DataCut",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]}}",
        3,
        "f.safetensors: 3 bytes of data; the header describes 4 (an incomplete download?)")]
    [InlineData("TrailingBytes", "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]}}", 5, "f.safetensors: 5 bytes of data; the header describes only 4")]
    [InlineData("TrailingBytes", "{}", 1, "f.safetensors: 1 bytes of data; the header describes only 0")]
    public void A_broken_header_is_named(string member, string header, int data, string message) =>
        Throws(member, ModelFolder.File(Encoding.UTF8.GetBytes(header), new byte[data]), message);

    [Fact]
    public void A_shape_of_65_dimensions_is_refused() => Throws(
        "TooManyDimensions",
        ModelFolder.File(
            Encoding.UTF8.GetBytes($"{{\"a\":{{\"dtype\":\"U8\",\"shape\":[{string.Join(',', Enumerable.Repeat(1, 65))}],\"data_offsets\":[0,1]}}}}"), [0]),
        "f.safetensors: a: shape has more than 64 dimensions");

    [Fact]
    public void A_name_cannot_break_the_line_of_an_error() => Throws(
        "TensorNotObject",
        ModelFolder.File(Encoding.UTF8.GetBytes($"{{\"a\\n\\u001b[31m{new string('x', 500)}\":1}}"), []),
        $"f.safetensors: a??[31m{new string('x', 193)}...: expected an object with dtype, shape and data_offsets");

    private static void Throws(string member, byte[] file, string message)
    {
        Assert.NotNull(typeof(SafetensorsFaults).GetMethod(member));
        using ModelFolder folder = new();
        folder.Bytes("f.safetensors", file);
        using WeightFile open = WeightFile.Open(Path.Combine(folder.Path, "f.safetensors"), "f.safetensors");
        Assert.Equal(message, Assert.Throws<InvalidCheckpointException>(() => SafetensorsReader.Read(open, 0)).Message);
    }
}
