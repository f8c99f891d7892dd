namespace ModelPack.Models.Gguf;

/// <summary>Every way a GGUF file can be wrong. A member makes the exception; the caller throws it.</summary>
/// <remarks>"place" is a key, a tensor's name, or "key 3" where the name is not known yet; "at" is a byte in the file.</remarks>
internal static class GgufFaults
{
    public static ModelPackException CannotOpen(string path, Exception cause) =>
        new($"{path}: cannot be opened: {cause.Message.TrimEnd('.')}", cause);

    public static ModelPackException CannotRead(string file, Exception cause) =>
        new($"{file}: cannot be read: {cause.Message.TrimEnd('.')}", cause);

    public static ModelPackException NoSuchFile(string path) => new($"{path}: no such file");

    public static ModelPackException IsFolder(string path) => new($"{path}: a folder where a GGUF file was expected");

    public static InvalidCheckpointException Empty(string file) => new($"{file}: 0 bytes; expected a file with content");

    public static InvalidCheckpointException LfsPointer(string file) =>
        new($"{file}: a Git LFS pointer, not the file itself; run 'git lfs pull' in its folder");

    public static InvalidCheckpointException NotGguf(string file, ReadOnlySpan<byte> start) =>
        new($"{file}: starts with bytes {Convert.ToHexStringLower(start)}; a GGUF file starts with 47475546 (\"GGUF\")");

    public static UnsupportedModelException BigEndian(string file, uint version) =>
        new($"{file}: a big-endian GGUF file of version {version}; only little-endian files are read");

    public static UnsupportedModelException VersionOne(string file) =>
        new($"{file}: GGUF version 1, which llama.cpp reads no longer either; versions 2 and 3 are read");

    public static UnsupportedModelException UnknownVersion(string file, uint version) =>
        new($"{file}: GGUF version {version}; versions 2 and 3 are read");

    public static InvalidCheckpointException Truncated(string file, string place, long at, long wanted, long left) =>
        new($"{file}: {place}: the file ends too early: {wanted} bytes expected at byte {at}, {left} are left");

    public static InvalidCheckpointException TooManyKeys(string file, ulong count, long left) =>
        new($"{file}: header: {count} metadata keys cannot stand in the {left} bytes that are left");

    public static InvalidCheckpointException TooManyTensors(string file, ulong count, long left) =>
        new($"{file}: header: {count} tensors cannot stand in the {left} bytes that are left");

    public static InvalidCheckpointException EmptyKey(string file, string place) =>
        new($"{file}: {place}: the key is empty");

    public static InvalidCheckpointException KeyTooLong(string file, string place, ulong length) =>
        new($"{file}: {place}: a key of {length} bytes; at most {GgufFormat.MaxKeyBytes} are allowed");

    public static InvalidCheckpointException DuplicateKey(string file, string key) =>
        new($"{file}: {key}: the key stands twice in the metadata");

    public static InvalidCheckpointException StringTooLong(string file, string place, long at, ulong length, long left) =>
        new($"{file}: {place}: a string of {length} bytes at byte {at}; {left} bytes are left, and at most {GgufFormat.MaxStringBytes} are read");

    public static InvalidCheckpointException UnknownValueType(string file, string place, long at, uint type) =>
        new($"{file}: {place}: value type {type} at byte {at}; GGUF has types 0 to 12");

    public static InvalidCheckpointException BadBool(string file, string place, byte value) =>
        new($"{file}: {place}: a bool of value {value}; expected 0 or 1");

    public static InvalidCheckpointException ArrayTooLong(string file, string place, long at, ulong count, GgufValueType type, long left) =>
        new($"{file}: {place}: an array of {count} values of type {type} at byte {at}; {left} bytes are left, and at most {GgufFormat.MaxArrayElements} elements are read");

    public static InvalidCheckpointException ArrayTooDeep(string file, string place) =>
        new($"{file}: {place}: arrays nest deeper than {GgufFormat.MaxArrayDepth} levels");

    public static InvalidCheckpointException BadAlignment(string file, GgufValue value) =>
        new($"{file}: {GgufFormat.AlignmentKey}: {value.Value} ({value.Type}); expected an integer, a power of two or a multiple of 8, up to {GgufFormat.MaxAlignment}");

    public static InvalidCheckpointException BadNameLength(string file, string place, ulong length) =>
        new($"{file}: {place}: a name of {length} bytes; expected 1 to {GgufFormat.MaxNameBytesRead}");

    public static InvalidCheckpointException DuplicateTensor(string file, string name) =>
        new($"{file}: {name}: the tensor stands twice in the file");

    public static InvalidCheckpointException BadRank(string file, string name, uint rank) =>
        new($"{file}: {name}: {rank} dimensions; expected 1 to {GgufFormat.MaxDimensions}");

    public static InvalidCheckpointException TensorTooLarge(string file, string name, IEnumerable<ulong> shape) =>
        new($"{file}: {name}: shape [{string.Join(", ", shape)}]: the size does not fit 63 bits");

    public static UnsupportedModelException UnknownTensorType(string file, string name, uint type) =>
        new($"{file}: {name}: tensor type {type}{RemovedType(type)}; known types are {string.Join(", ", GgmlType.All)}");

    public static InvalidCheckpointException RowNotDivisible(string file, string name, long columns, GgmlType type) =>
        new($"{file}: {name}: {columns} columns; {type} needs a multiple of {type.BlockWeights}");

    public static InvalidCheckpointException OffsetNotAligned(string file, string name, ulong offset, int alignment) =>
        new($"{file}: {name}: data offset {offset}; expected a multiple of {alignment}");

    public static InvalidCheckpointException OutsideFile(string file, string name, ulong offset, long bytes, long dataBytes) =>
        new($"{file}: {name}: {bytes} bytes at data offset {offset}; the file holds {dataBytes} bytes of data");

    public static InvalidCheckpointException Overlap(string file, string name, string other) =>
        new($"{file}: {name}: its data overlaps that of {other}");

    public static UnsupportedModelException AlreadyQuantized(string file, string name, GgmlType type) =>
        new($"{file}: {name}: already quantized to {type}; only F32, F16 and BF16 tensors can be converted");

    public static UnsupportedModelException RowTooLong(string file, string name, long columns) =>
        new($"{file}: {name}: {columns} columns; at most {int.MaxValue} can be read");

    public static InvalidCheckpointException BadSplitKey(string file, string key, object value, int most) =>
        new($"{file}: {key}: {value}; expected an integer from 0 to {most}");

    public static InvalidCheckpointException BadPartName(string file, string expected) =>
        new($"{file}: part of a split model, so its name must end in {expected}");

    public static InvalidCheckpointException PartsMissing(string file, int missing, int count, string firstMissing) =>
        new($"{file}: {missing} of the model's {count} parts are missing, the first is {firstMissing}");

    public static InvalidCheckpointException PartDisagrees(string file, string key, object value, long expected) =>
        new($"{file}: {key}: {value}; expected {expected}");

    public static InvalidCheckpointException TensorTotal(string file, long declared, long found) =>
        new($"{file}: {GgufFormat.SplitTensorsKey}: {declared}; all parts together hold {found} tensors");

    public static ModelPackException LoneSurrogate(string text, int index) =>
        new($"a string of {text.Length} characters: U+{(int)text[index]:X4} at index {index} is half a character and cannot be written as UTF-8");

    public static ModelPackException CannotWriteName(string name, int bytes) =>
        new($"{name}: a tensor name of {bytes} bytes; llama.cpp loads 1 to {GgufFormat.MaxNameBytes}");

    public static ModelPackException CannotWriteShape(string name, IEnumerable<long> shape, GgmlType type) =>
        new($"{name}: shape [{string.Join(", ", shape)}] cannot be written as {type}: expected 1 to {GgufFormat.MaxDimensions} positive dimensions, the first a multiple of {type.BlockWeights}, below 2^63 bytes");

    public static ModelPackException CannotWriteTwice(string name) => new($"{name}: the tensor would be written twice");

    public static ModelPackException CannotWriteAlignment(object value) =>
        new($"{GgufFormat.AlignmentKey}: {value}; llama.cpp reads powers of two from 8 to {GgufFormat.MaxAlignment}, stored as UInt32");

    public static ModelPackException TooManyParts(int count) =>
        new($"the model would be split into {count} parts; at most 65535 can be numbered, so a larger maximum size is needed");

    private static string RemovedType(uint type) => type switch
    {
        4 => " (Q4_2, removed from ggml)",
        5 => " (Q4_3, removed from ggml)",
        31 => " (Q4_0_4_4, removed from ggml)",
        32 => " (Q4_0_4_8, removed from ggml)",
        33 => " (Q4_0_8_8, removed from ggml)",
        36 => " (IQ4_NL_4_4, removed from ggml)",
        37 => " (IQ4_NL_4_8, removed from ggml)",
        38 => " (IQ4_NL_8_8, removed from ggml)",
        _ => "",
    };
}
