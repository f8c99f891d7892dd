using System.Text.Json;
using ModelPack.Models.Tensors;

namespace ModelPack.Models.Safetensors;

/// <summary>Everything that can be wrong with one .safetensors file; each member returns the exception, the caller throws it.</summary>
/// <remarks>The rules are those of the format's reference reader, plus the ones its specification states and it does not check.</remarks>
internal static class SafetensorsFaults
{
    public static InvalidCheckpointException HeaderTooShort(string file, long length) =>
        new($"{file}: {length} bytes; a safetensors file starts with a header length of 8 bytes");

    public static InvalidCheckpointException GitLfsPointer(string file) =>
        new($"{file}: a Git LFS pointer, not the file itself; run 'git lfs pull' in its folder");

    public static InvalidCheckpointException HeaderTooLong(string file, ulong length) =>
        new($"{file}: header of {length} bytes; at most {SafetensorsHeader.MaxLength} are allowed");

    public static InvalidCheckpointException HeaderPastEnd(string file, ulong length, long fileLength) =>
        new($"{file}: header of {length} bytes; the file has only {fileLength - 8} after the header length");

    public static InvalidCheckpointException HeaderNotUtf8(string file) =>
        new($"{file}: header is not UTF-8");

    public static InvalidCheckpointException HeaderNotObject(string file) =>
        new($"{file}: header does not start with {{; expected a JSON object");

    public static InvalidCheckpointException HeaderNotJson(string file, Exception cause) =>
        new($"{file}: header is not valid JSON{At(cause)}; expected one object of tensors", cause);

    public static InvalidCheckpointException MetadataNotText(string file) =>
        new($"{file}: __metadata__: expected an object whose values are all strings");

    public static InvalidCheckpointException DuplicateTensor(string file, string name) =>
        new($"{file}: {Quote(name)}: appears twice in the header; names must be unique");

    public static InvalidCheckpointException TensorNotObject(string file, string name) =>
        new($"{file}: {Quote(name)}: expected an object with dtype, shape and data_offsets");

    public static InvalidCheckpointException FieldMissing(string file, string name, string field) =>
        new($"{file}: {Quote(name)}: {field} is missing; expected dtype, shape and data_offsets");

    public static InvalidCheckpointException FieldRepeated(string file, string name, string field) =>
        new($"{file}: {Quote(name)}: {field} appears twice; expected it once");

    public static InvalidCheckpointException FieldInvalid(string file, string name, string field, string expected) =>
        new($"{file}: {Quote(name)}: {field}: expected {expected}");

    public static InvalidCheckpointException UnknownType(string file, string name, string type) =>
        new($"{file}: {Quote(name)}: dtype {Quote(type)}; expected one of {DTypes.Names}");

    public static InvalidCheckpointException TooManyDimensions(string file, string name) =>
        new($"{file}: {Quote(name)}: shape has more than {SafetensorsHeader.MaxDimensions} dimensions");

    public static InvalidCheckpointException SizeOverflow(string file, string name) =>
        new($"{file}: {Quote(name)}: shape and dtype give more bytes than a file can hold");

    public static InvalidCheckpointException PartialByte(string file, string name, DType type) =>
        new($"{file}: {Quote(name)}: {type} elements do not fill whole bytes; expected a shape whose bits are a multiple of 8");

    public static InvalidCheckpointException WrongSize(string file, string name, long stored, long expected) =>
        new($"{file}: {Quote(name)}: data_offsets span {stored} bytes; shape and dtype need {expected}");

    public static InvalidCheckpointException OffsetsReversed(string file, string name, long begin, long end) =>
        new($"{file}: {Quote(name)}: data_offsets [{begin}, {end}]; expected the end not before the begin");

    public static InvalidCheckpointException Hole(string file, string name, long begin, long expected) =>
        new($"{file}: {Quote(name)}: data starts at {begin}, leaving a hole; expected {expected}, where the tensor before it ends");

    public static InvalidCheckpointException Overlap(string file, string name, long begin, long expected) =>
        new($"{file}: {Quote(name)}: data starts at {begin} and overlaps; expected {expected}, where the tensor before it ends");

    public static InvalidCheckpointException DataCut(string file, long present, long expected) =>
        new($"{file}: {present} bytes of data; the header describes {expected} (an incomplete download?)");

    public static InvalidCheckpointException TrailingBytes(string file, long present, long expected) =>
        new($"{file}: {present} bytes of data; the header describes only {expected}");

    internal static string Quote(string text) => Spelling.OneLine(text);

    private static string At(Exception cause) => cause is JsonException { BytePositionInLine: long position, LineNumber: long line }
        ? $" at line {line + 1}, byte {position + 1}"
        : "";
}
