using System.Runtime.InteropServices;
using System.Text;

namespace ModelPack.Tests.Support;

/// <summary>llama.cpp v0.5.0, the real program that our files are for: loads, runs and quantizes GGUF.</summary>
internal static unsafe class LlamaCpp
{
    private const int OverrideSize = 264;

    /// <summary>The release: "v0.5.0".</summary>
    public static string Version
    {
        get
        {
            LlamaNative.EnsureLoaded();
            return Marshal.PtrToStringUTF8((nint)LlamaNative.llama_version()) ?? "";
        }
    }

    /// <summary>Loads a model; every tensor that the architecture asks for must be there with its shape, and no other.</summary>
    /// <param name="path">A GGUF file, or the first of a split.</param>
    /// <param name="vocabularyOnly">Reads the tokenizer only.</param>
    /// <param name="yarnBetaFast">YaRN's beta_fast; null leaves it to the library, which for some architectures ignores the file's.</param>
    /// <exception cref="InvalidOperationException">llama.cpp refuses the file; the message has its words.</exception>
    public static LlamaModel Load(string path, bool vocabularyOnly = false, float? yarnBetaFast = null)
    {
        LlamaNative.EnsureLoaded();
        lock (LlamaNative.Gate)
        {
            LlamaModelParams parameters = default;
            LlamaNative.llama_model_default_params(&parameters);
            parameters.VocabularyOnly = (byte)(vocabularyOnly ? 1 : 0);
            LlamaLog.Clear();
            nint model = LlamaNative.llama_model_load_from_file(path, parameters);
            return model != 0 ? new LlamaModel(model) { YarnBetaFast = yarnBetaFast } : throw LlamaLog.Failure($"cannot load {path}");
        }
    }

    /// <summary>Runs llama_model_quantize, which is all that llama-quantize does.</summary>
    public static void Quantize(string input, string output, LlamaFileType type) =>
        Quantize(input, output, new LlamaQuantizeOptions(type));

    /// <inheritdoc cref="Quantize(string, string, LlamaFileType)"/>
    /// <exception cref="InvalidOperationException">llama.cpp refuses; the message has its words.</exception>
    public static void Quantize(string input, string output, LlamaQuantizeOptions options)
    {
        LlamaNative.EnsureLoaded();
        using NativeArena arena = new();
        lock (LlamaNative.Gate)
        {
            LlamaQuantizeParams parameters = default;
            LlamaNative.llama_model_quantize_default_params(&parameters);
            parameters.Threads = options.Threads;
            parameters.FileType = (int)options.FileType;
            parameters.Pure = (byte)(options.Pure ? 1 : 0);
            parameters.QuantizeOutput = (byte)(options.LeaveOutput ? 0 : 1);
            parameters.AllowRequantize = (byte)(options.AllowRequantize ? 1 : 0);
            parameters.OutputType = options.OutputType ?? parameters.OutputType;
            parameters.EmbeddingType = options.EmbeddingType ?? parameters.EmbeddingType;
            parameters.Imatrix = Imatrix(options.Imatrix, arena);
            parameters.TensorTypes = TensorTypes(options.TensorTypes, arena);
            parameters.MetadataOverrides = Metadata(options.Metadata, arena);
            LlamaLog.Clear();
            if (LlamaNative.llama_model_quantize(input, output, &parameters) != 0)
            {
                throw LlamaLog.Failure($"cannot quantize {input} to {options.FileType}");
            }
        }
    }

    private static LlamaImatrixEntry* Imatrix(IReadOnlyDictionary<string, float[]>? imatrix, NativeArena arena)
    {
        if (imatrix is null)
        {
            return null;
        }

        LlamaImatrixEntry* entries = (LlamaImatrixEntry*)arena.Allocate((imatrix.Count + 1) * sizeof(LlamaImatrixEntry));
        int i = 0;
        foreach ((string name, float[] values) in imatrix)
        {
            float* copy = (float*)arena.Allocate(values.Length * sizeof(float));
            values.CopyTo(new Span<float>(copy, values.Length));
            entries[i++] = new LlamaImatrixEntry { Name = arena.Text(name), Values = copy, Count = (nuint)values.Length };
        }

        return entries;
    }

    private static LlamaTensorOverride* TensorTypes(IReadOnlyList<(string Pattern, int Type)> types, NativeArena arena)
    {
        if (types.Count == 0)
        {
            return null;
        }

        LlamaTensorOverride* entries = (LlamaTensorOverride*)arena.Allocate((types.Count + 1) * sizeof(LlamaTensorOverride));
        for (int i = 0; i < types.Count; i++)
        {
            entries[i] = new LlamaTensorOverride { Pattern = arena.Text(types[i].Pattern), Type = types[i].Type };
        }

        return entries;
    }

    /// <summary>llama_model_kv_override: tag at 0, key of 128 bytes at 4, value of 128 bytes at 136; an empty key ends the list.</summary>
    private static byte* Metadata(IReadOnlyList<(string Key, object Value)> metadata, NativeArena arena)
    {
        if (metadata.Count == 0)
        {
            return null;
        }

        byte* entries = arena.Allocate((metadata.Count + 1) * OverrideSize);
        for (int i = 0; i < metadata.Count; i++)
        {
            Span<byte> entry = new(entries + (i * OverrideSize), OverrideSize);
            Encoding.UTF8.GetBytes(metadata[i].Key, entry.Slice(4, 127));
            switch (metadata[i].Value)
            {
                case int number:
                    BitConverter.TryWriteBytes(entry[136..], (long)number);
                    break;
                case string text:
                    entry[0] = 3;
                    Encoding.UTF8.GetBytes(text, entry.Slice(136, 127));
                    break;
                default:
                    throw new ArgumentException($"{metadata[i].Key}: an int or a string is expected", nameof(metadata));
            }
        }

        return entries;
    }
}
