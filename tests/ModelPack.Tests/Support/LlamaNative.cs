using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ModelPack.Tests.Support;

/// <summary>The entry points of libllama v0.5.0 that tests call, and the loading of its libraries.</summary>
/// <remarks>Declared here from the library's public interface; nothing of it is silent about errors: see <see cref="LlamaLog"/>.</remarks>
internal static unsafe partial class LlamaNative
{
    /// <summary>Callers hold this while they are inside the library.</summary>
    public static readonly Lock Gate = new();

    private const string Llama = "llama";

    private const string Ggml = "ggml";

    private const string GgmlBase = "ggml-base";

    private static readonly Dictionary<string, nint> Libraries = Load();

    /// <summary>Folder of llama.cpp's shared libraries, which the build installs.</summary>
    public static string Folder =>
        RepositoryFolder.Join("tests", "peers", "node_modules", "@node-llama-cpp", "linux-x64", "bins", "linux-x64");

    /// <summary>Loads the libraries and the fastest CPU backend, once; later calls do nothing.</summary>
    public static void EnsureLoaded() => RuntimeHelpers.RunClassConstructor(typeof(Startup).TypeHandle);

    [LibraryImport(Llama)]
    internal static partial void llama_model_default_params(LlamaModelParams* result);

    [LibraryImport(Llama)]
    internal static partial void llama_context_default_params(LlamaContextParams* result);

    [LibraryImport(Llama)]
    internal static partial void llama_model_quantize_default_params(LlamaQuantizeParams* result);

    [LibraryImport(Llama, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint llama_model_load_from_file(string path, LlamaModelParams parameters);

    [LibraryImport(Llama)]
    internal static partial void llama_model_free(nint model);

    [LibraryImport(Llama)]
    internal static partial nint llama_init_from_model(nint model, LlamaContextParams parameters);

    [LibraryImport(Llama)]
    internal static partial void llama_free(nint context);

    [LibraryImport(Llama)]
    internal static partial nint llama_get_memory(nint context);

    [LibraryImport(Llama)]
    internal static partial void llama_memory_clear(nint memory, byte data);

    [LibraryImport(Llama)]
    internal static partial int llama_decode(nint context, LlamaBatch batch);

    [LibraryImport(Llama)]
    internal static partial float* llama_get_logits(nint context);

    [LibraryImport(Llama)]
    internal static partial nint llama_model_get_vocab(nint model);

    [LibraryImport(Llama)]
    internal static partial int llama_vocab_n_tokens(nint vocabulary);

    [LibraryImport(Llama)]
    internal static partial int llama_vocab_bos(nint vocabulary);

    [LibraryImport(Llama)]
    internal static partial int llama_vocab_eos(nint vocabulary);

    [LibraryImport(Llama)]
    internal static partial byte llama_vocab_is_eog(nint vocabulary, int token);

    [LibraryImport(Llama)]
    internal static partial byte* llama_vocab_get_text(nint vocabulary, int token);

    [LibraryImport(Llama)]
    internal static partial int llama_tokenize(
        nint vocabulary, byte* text, int bytes, int* tokens, int capacity, byte addSpecial, byte parseSpecial);

    [LibraryImport(Llama)]
    internal static partial int llama_detokenize(
        nint vocabulary, int* tokens, int count, byte* text, int capacity, byte removeSpecial, byte unparseSpecial);

    [LibraryImport(Llama)]
    internal static partial int llama_model_meta_count(nint model);

    [LibraryImport(Llama)]
    internal static partial int llama_model_meta_key_by_index(nint model, int index, byte* buffer, nuint capacity);

    [LibraryImport(Llama)]
    internal static partial int llama_model_meta_val_str_by_index(nint model, int index, byte* buffer, nuint capacity);

    [LibraryImport(Llama)]
    internal static partial int llama_model_desc(nint model, byte* buffer, nuint capacity);

    [LibraryImport(Llama)]
    internal static partial ulong llama_model_n_params(nint model);

    [LibraryImport(Llama)]
    internal static partial byte* llama_version();

    [LibraryImport(Llama, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial uint llama_model_quantize(string input, string output, LlamaQuantizeParams* parameters);

    [LibraryImport(GgmlBase)]
    internal static partial byte* ggml_get_name(nint tensor);

    [LibraryImport(GgmlBase)]
    internal static partial byte* ggml_op_desc(nint tensor);

    [LibraryImport(GgmlBase)]
    internal static partial byte* ggml_get_data(nint tensor);

    [LibraryImport(Llama)]
    private static partial void llama_log_set(delegate* unmanaged[Cdecl]<int, byte*, void*, void> callback, void* state);

    [LibraryImport(Llama)]
    private static partial void llama_backend_init();

    [LibraryImport(Ggml, StringMarshalling = StringMarshalling.Utf8)]
    private static partial void ggml_backend_load_all_from_path(string folder);

    private static Dictionary<string, nint> Load()
    {
        // Each needs those before it; the real names carry the release.
        Dictionary<string, nint> libraries = [];
        foreach ((string name, string pattern) in (ReadOnlySpan<(string, string)>)
            [(GgmlBase, "libggml-base.so"), (Ggml, "libggml.v*.so"), (Llama, "libllama.v*.so")])
        {
            string path = Directory.EnumerateFiles(Folder, pattern).SingleOrDefault()
                ?? throw new FileNotFoundException($"{Folder}: no {pattern}; build the test project to install the peers");
            libraries[name] = NativeLibrary.Load(path);
        }

        NativeLibrary.SetDllImportResolver(
            Assembly.GetExecutingAssembly(), static (name, _, _) => Libraries!.GetValueOrDefault(name));
        return libraries;
    }

    private static class Startup
    {
        static Startup()
        {
            lock (Gate)
            {
                llama_log_set(&LlamaLog.Receive, null);
                ggml_backend_load_all_from_path(Folder);
                llama_backend_init();
            }
        }
    }
}
