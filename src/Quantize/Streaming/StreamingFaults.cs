using System.Globalization;
using ModelPack.Models;

namespace ModelPack.Quantize.Streaming;

/// <summary>What can go wrong around a run, one member each.</summary>
internal static class StreamingFaults
{
    public static ModelPackException Exists(string path) =>
        new($"{path}: exists; expected a new name, or --overwrite");

    public static ModelPackException IsFolder(string path) =>
        new($"{path}: is a folder; expected a file name");

    public static ModelPackException IsFile(string path) =>
        new($"{path}: is a file; expected a folder name");

    public static ModelPackException IsForeign(string path, string mark) =>
        new($"{path}: has no {mark}, so modelpack did not write it, and does not replace it; expected a new name");

    public static ModelPackException HoldsInput(string path, string source) =>
        new($"{path}: holds the input {Path.GetFileName(source)}; expected another name");

    public static ModelPackException IsNoFile(string path) =>
        new($"{path}: is a device or a pipe; expected a file name");

    public static ModelPackException NoFolder(string path) =>
        new($"{path}: the folder does not exist");

    public static ModelPackException IsInput(string path, string source) =>
        new($"{path}: is the input {Path.GetFileName(source)}; expected another name");

    public static ModelPackException NoRoom(string path, long needed, long free) =>
        new($"{path}: {Size(needed)} are needed; {Size(free)} are free");

    public static ModelPackException CannotWrite(string path, Exception cause) =>
        new($"{path}: cannot write: {cause.Message.TrimEnd('.')}", cause);

    public static ModelPackException NoEncoder(string tensor, string type) =>
        new($"{tensor}: {type} can be read but not written");

    public static ModelPackException OtherRun(string journal, IEnumerable<string> differences) =>
        new($"{journal}: belongs to another run: {string.Join("; ", differences)}; without --resume the run starts anew");

    private static string Size(long bytes) => bytes < 1 << 20
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes} bytes")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1 << 20):N1} MiB");
}
