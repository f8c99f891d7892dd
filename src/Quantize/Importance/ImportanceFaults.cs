using System.Globalization;
using ModelPack.Models;

namespace ModelPack.Quantize.Importance;

/// <summary>Every way an importance matrix can be wrong. A member makes the exception; the caller throws it.</summary>
internal static class ImportanceFaults
{
    public static ModelPackException CannotRead(string path, Exception cause) =>
        new($"{path}: cannot be read: {cause.Message.TrimEnd('.')}", cause);

    public static ModelPackException CannotWrite(string path, Exception cause) =>
        new($"{path}: cannot write: {cause.Message.TrimEnd('.')}", cause);

    public static InvalidCheckpointException WrongKind(string file, string kind) =>
        new($"{file}: general.type: {kind}; expected imatrix");

    public static InvalidCheckpointException NoEntries(string file) => new($"{file}: no entries in the importance matrix");

    public static InvalidCheckpointException Unpaired(string file, string name, string missing) =>
        new($"{file}: {name}: the tensor {name}{missing} is missing");

    public static InvalidCheckpointException NotFloat(string file, string tensor, string type) =>
        new($"{file}: {tensor}: stored as {type}; expected F32");

    public static InvalidCheckpointException WrongCounts(string file, string name, long values, long counts) =>
        new($"{file}: {name}: {values} values for {counts} counts; expected a multiple");

    public static InvalidCheckpointException TooLarge(string file, string name, long values) =>
        new($"{file}: {name}: {values} values; at most {MaxValues} are read");

    public static InvalidCheckpointException BadValue(string file, string name, long index, float value) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{file}: {name}: value {value} at index {index}; expected a finite number, not negative"));

    public static InvalidCheckpointException BadCount(string file, string name, int index, float value) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{file}: {name}: count {value} at index {index}; expected a finite number, not negative"));

    public static InvalidCheckpointException BadChunks(string file, string key, string value) =>
        new($"{file}: {key}: {value}; expected an integer from 0 to {int.MaxValue}");

    public static InvalidCheckpointException BadDatasets(string file, string type) =>
        new($"{file}: imatrix.datasets: {type}; expected an array of strings");

    public static InvalidCheckpointException NotLegacy(string file, int entries, long left) =>
        new($"{file}: neither a GGUF file nor an importance matrix of the old format: a count of {entries} entries, with {left} bytes left");

    public static InvalidCheckpointException Truncated(string file, string place, long at, long wanted, long left) =>
        new($"{file}: {place}: the file ends too early: {wanted} bytes expected at byte {at}, {left} are left");

    public static InvalidCheckpointException BadLength(string file, string place, string what, int length, long left) =>
        new($"{file}: {place}: {what} of {length}; {left} bytes are left");

    public static InvalidCheckpointException Duplicate(string file, string name) => new($"{file}: {name}: the entry stands twice");

    /// <summary>Values of an entry: 2^28, far above 384 experts of 16,384 columns.</summary>
    public const int MaxValues = 1 << 28;
}
