namespace ModelPack.Models.Onnx.Reading;

/// <summary>Every way an ONNX model can be wrong. A member makes the exception; the caller throws it.</summary>
/// <remarks>"at" is a byte in the file; "place" the message that is being read: "node 12".</remarks>
internal static class OnnxFaults
{
    public static ModelPackException NoSuchFile(string path) => new($"{path}: no such file");

    public static ModelPackException CannotOpen(string path, Exception cause) =>
        new($"{path}: cannot be opened: {cause.Message.TrimEnd('.')}", cause);

    public static ModelPackException CannotRead(string file, Exception cause) =>
        new($"{file}: cannot be read: {cause.Message.TrimEnd('.')}", cause);

    public static InvalidCheckpointException Empty(string file) => new($"{file}: 0 bytes; expected an ONNX model");

    public static InvalidCheckpointException LfsPointer(string file) =>
        new($"{file}: a Git LFS pointer, not the file itself; run 'git lfs pull' in its folder");

    public static InvalidCheckpointException NoGraph(string file) =>
        new($"{file}: no graph; expected an ONNX model (ModelProto) with field 7");

    public static InvalidCheckpointException Twice(string file, string place, OnnxField field) =>
        new($"{file}: {place}: field {field.Number} at byte {field.Start} stands twice; expected once");

    public static InvalidCheckpointException Truncated(string file, string place, long at, ulong wanted, long left) =>
        new($"{file}: {place}: {wanted} bytes at byte {at}; {left} are left");

    public static InvalidCheckpointException LongVarint(string file, string place, long at) =>
        new($"{file}: {place}: a number of more than 64 bits at byte {at}; expected at most 10 bytes");

    public static InvalidCheckpointException BadTag(string file, string place, long at, ulong tag) =>
        new($"{file}: {place}: field {tag >> 3} of wire type {tag & 7} at byte {at}; expected a field from 1 and wire type 0, 1, 2 or 5");

    public static InvalidCheckpointException WrongWire(string file, string place, OnnxField field, string expected) =>
        new($"{file}: {place}: field {field.Number} at byte {field.Start} has wire type {field.Wire}; expected {expected}");

    public static InvalidCheckpointException TooLong(string file, string place, OnnxField field, long most) =>
        new($"{file}: {place}: field {field.Number} at byte {field.Start}: a text of {field.Length} bytes; at most {most} are read");

    public static InvalidCheckpointException TooMany(string file, string place, long at, string what, long most) =>
        new($"{file}: {place}: byte {at}: more than {most} {what}; that many are read at most");

    public static InvalidCheckpointException NotUtf8(string file, string place, OnnxField field) =>
        new($"{file}: {place}: field {field.Number} at byte {field.Start}: {field.Length} bytes that are not UTF-8 text");

    public static InvalidCheckpointException TooDeep(string file, string place, long at) =>
        new($"{file}: {place}: byte {at}: graphs stand in graphs more than {OnnxLimits.Depth} deep");

    public static UnsupportedModelException UnknownType(string file, string place, long at, ulong type) =>
        new($"{file}: {place}: element type {type} at byte {at}; types 0 to 26 are known");

    public static InvalidCheckpointException BadShape(string file, string tensor, long at, IReadOnlyList<long> shape) =>
        new($"{file}: {Spelling.OneLine(tensor)}: shape {Spelling.Shape([.. shape.Take(8)])} before byte {at}; expected sizes from 0, at most {OnnxLimits.Rank} of them and {OnnxLimits.TensorBytes} bytes");

    public static InvalidCheckpointException WrongDataLength(string file, string tensor, long at, long bytes, long expected) =>
        new($"{file}: {Spelling.OneLine(tensor)}: data of {bytes} bytes before byte {at}; its shape and type need {expected}");

    public static InvalidCheckpointException TwoKindsOfData(string file, string tensor, long at) =>
        new($"{file}: {Spelling.OneLine(tensor)}: data stands in two fields before byte {at}; expected one");

    public static InvalidCheckpointException BadExternal(string file, string tensor, string key, string value, string expected) =>
        new($"{file}: {Spelling.OneLine(tensor)}: external_data: {Spelling.OneLine(key)} '{Spelling.OneLine(value)}'; expected {expected}");

    public static InvalidCheckpointException ExternalMissing(string file, string location) =>
        new($"{file}: {Spelling.OneLine(location)}: no such file; the model's weights are in it");

    public static InvalidCheckpointException ExternalLink(string file, string location) =>
        new($"{file}: {Spelling.OneLine(location)}: a link that leaves the model's folder; expected a file inside it");

    public static InvalidCheckpointException ExternalShort(string file, string location, string tensor, long end, long length) =>
        new($"{file}: {Spelling.OneLine(location)}: {length} bytes; tensor {Spelling.OneLine(tensor)} ends at byte {end}");
}
