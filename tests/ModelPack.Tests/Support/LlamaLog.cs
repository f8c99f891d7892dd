using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ModelPack.Tests.Support;

/// <summary>What libllama says: nothing reaches the console, the latest warnings and errors are kept for exceptions.</summary>
internal static unsafe class LlamaLog
{
    private const int Warning = 3;

    private const int Error = 4;

    private const int Continuation = 5;

    private const int Kept = 8;

    private static readonly Lock Gate = new();

    private static readonly Queue<string> Lines = new();

    private static int LastLevel;

    /// <summary>The latest warnings and errors, oldest first, one a line.</summary>
    public static string Recent
    {
        get
        {
            lock (Gate)
            {
                return string.Join("\n", Lines);
            }
        }
    }

    /// <summary>Forgets what was said before the next call.</summary>
    public static void Clear()
    {
        lock (Gate)
        {
            Lines.Clear();
        }
    }

    /// <summary>An exception that carries what the library said.</summary>
    public static InvalidOperationException Failure(string what) => new($"llama.cpp: {what}\n{Recent}");

    /// <summary>ggml_log_callback.</summary>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    public static void Receive(int level, byte* text, void* state)
    {
        lock (Gate)
        {
            level = level == Continuation ? LastLevel : level;
            LastLevel = level;
            if (level is not (Warning or Error))
            {
                return;
            }

            Lines.Enqueue(Marshal.PtrToStringUTF8((nint)text)?.TrimEnd() ?? "");
            if (Lines.Count > Kept)
            {
                Lines.Dequeue();
            }
        }
    }
}
