using ModelPack.Models;

namespace ModelPack.Runtime;

/// <summary>What can go wrong with a device or a pass, one member each.</summary>
internal static class RuntimeFaults
{
    public static RuntimeException UnknownDevice(string device) =>
        new($"device \"{device}\"; expected auto, cpu, cuda or cuda:N");

    public static RuntimeException NoLibrary(Exception cause) =>
        new($"ONNX Runtime's native library cannot be loaded: {Reason(cause)}", cause);

    public static RuntimeException NoCuda(int gpu, Exception cause) =>
        new($"cuda:{gpu} cannot be used: {Reason(cause)}", cause);

    public static RuntimeException Failed(string block, Exception cause) =>
        new($"ONNX Runtime failed in {block}: {Reason(cause)}", cause);

    public static ModelPackException NoTokens() =>
        new("no tokens to run; expected at least one window with at least one token");

    public static ModelPackException BadToken(int window, int position, int token, int vocabulary) =>
        new($"window {window}: token {token} at position {position}; expected 0 to {vocabulary - 1}");

    public static ModelPackException LongWindow(int window, int length, int context) =>
        new($"window {window}: {length} tokens; expected at most the model's context of {context}");

    public static ModelPackException OtherState(string path) =>
        new($"{path}: is the state of another run (other weights, text or settings); expected the same, or a run without --resume");

    public static ModelPackException DamagedState(string path, string reason) =>
        new($"{path}: {reason}; expected the state of an interrupted run");

    public static ModelPackException CannotKeep(string path, Exception cause) =>
        new($"{path}: cannot write: {Reason(cause)}", cause);

    public static ModelPackException CannotRead(string path, Exception cause) =>
        new($"{path}: cannot read: {Reason(cause)}", cause);

    public static ArgumentException WrongReplacement(string role, long actual, long rows, long columns) =>
        new($"{role}: a replacement of {actual} weights; expected {rows} x {columns}");

    /// <summary>Whether a block failed for want of memory: what ONNX Runtime's pools and CUDA say then.</summary>
    internal static bool IsMemory(RuntimeException fault) =>
        fault.InnerException is { Message: var text }
        && (text.Contains("Failed to allocate memory", StringComparison.Ordinal) || text.Contains("out of memory", StringComparison.OrdinalIgnoreCase));

    /// <summary>The part of a message that a reader can use: its first line, without ONNX Runtime's number for it.</summary>
    internal static string Reason(Exception cause)
    {
        string line = cause.Message.Split('\n', 2)[0].Trim().TrimEnd('.');
        int end = line.StartsWith("[ErrorCode:", StringComparison.Ordinal) ? line.IndexOf(']', StringComparison.Ordinal) : -1;
        return end < 0 ? line : line[(end + 1)..].TrimStart();
    }
}
