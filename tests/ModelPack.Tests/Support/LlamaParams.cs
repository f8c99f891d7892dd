using System.Runtime.InteropServices;

namespace ModelPack.Tests.Support;

/// <summary>llama_model_params of v0.5.0, with the fields that are used; room to spare, as the library reads only its own part.</summary>
/// <remarks>A test holds the defaults at these offsets against the library, so that another layout fails loudly.</remarks>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal struct LlamaModelParams
{
    [FieldOffset(16)]
    public int GpuLayers;

    [FieldOffset(20)]
    public int SplitMode;

    [FieldOffset(24)]
    public int LoadMode;

    [FieldOffset(72)]
    public byte VocabularyOnly;

    [FieldOffset(74)]
    public byte UseExtraBuffers;
}

/// <summary>llama_context_params of v0.5.0, with the fields that are used.</summary>
[StructLayout(LayoutKind.Explicit, Size = 512)]
internal struct LlamaContextParams
{
    [FieldOffset(0)]
    public uint Context;

    [FieldOffset(4)]
    public uint Batch;

    [FieldOffset(8)]
    public uint MicroBatch;

    [FieldOffset(12)]
    public uint Sequences;

    [FieldOffset(28)]
    public int Threads;

    [FieldOffset(32)]
    public int BatchThreads;

    [FieldOffset(52)]
    public int FlashAttention;

    [FieldOffset(72)]
    public float YarnBetaFast;

    [FieldOffset(88)]
    public nint EvaluationCallback;

    [FieldOffset(96)]
    public nint EvaluationState;

    [FieldOffset(104)]
    public int KeyType;

    [FieldOffset(108)]
    public int ValueType;

    [FieldOffset(129)]
    public byte OffloadCache;
}

/// <summary>llama_model_quantize_params of v0.5.0: 64 bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = 64)]
internal unsafe struct LlamaQuantizeParams
{
    [FieldOffset(0)]
    public int Threads;

    [FieldOffset(4)]
    public int FileType;

    [FieldOffset(8)]
    public int OutputType;

    [FieldOffset(12)]
    public int EmbeddingType;

    [FieldOffset(16)]
    public byte AllowRequantize;

    [FieldOffset(17)]
    public byte QuantizeOutput;

    [FieldOffset(18)]
    public byte OnlyCopy;

    [FieldOffset(19)]
    public byte Pure;

    [FieldOffset(24)]
    public LlamaImatrixEntry* Imatrix;

    [FieldOffset(32)]
    public byte* MetadataOverrides;

    [FieldOffset(40)]
    public LlamaTensorOverride* TensorTypes;

    [FieldOffset(48)]
    public int* PrunedLayers;

    [FieldOffset(56)]
    public ulong MaxBufferSize;
}

/// <summary>llama_model_imatrix_data; an entry without a name ends the list.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct LlamaImatrixEntry
{
    public byte* Name;

    public float* Values;

    public nuint Count;
}

/// <summary>llama_model_tensor_override; an entry without a pattern ends the list.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct LlamaTensorOverride
{
    public byte* Pattern;

    public int Type;
}

/// <summary>llama_batch.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct LlamaBatch
{
    public int Count;

    public int* Tokens;

    public float* Embeddings;

    public int* Positions;

    public int* SequenceCounts;

    public int** Sequences;

    public byte* WantLogits;
}
