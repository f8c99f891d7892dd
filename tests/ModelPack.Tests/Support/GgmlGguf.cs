using System.Runtime.InteropServices;

namespace ModelPack.Tests.Support;

/// <summary>A GGUF file as ggml itself (v0.5.0, libggml-base) reads or builds it.</summary>
internal sealed unsafe class GgmlGguf : IDisposable
{
    private const string Library = "libggml-base.so";
    private nint _context;

    // Once loaded from its path, the imports below find the library by its name.
    static GgmlGguf() => NativeLibrary.Load(Path.Combine(Ggml.PeerFolder, Library));

    private GgmlGguf(nint context) => _context = context;

    public long KeyCount => gguf_get_n_kv(_context);

    public long TensorCount => gguf_get_n_tensors(_context);

    public long Alignment => (long)gguf_get_alignment(_context);

    public long DataOffset => (long)gguf_get_data_offset(_context);

    /// <summary>Opens a file as llama.cpp does, without its weights; null when ggml refuses it.</summary>
    public static GgmlGguf? Open(string path)
    {
        nint context = gguf_init_from_file(path, new InitParams { NoAlloc = 1 });
        return context == 0 ? null : new GgmlGguf(context);
    }

    /// <summary>Nothing in it yet.</summary>
    public static GgmlGguf Create() => new(gguf_init_empty());

    /// <summary>The file's header as ggml writes it.</summary>
    public byte[] Header()
    {
        byte[] bytes = new byte[gguf_get_meta_size(_context)];
        fixed (byte* target = bytes)
        {
            gguf_get_meta_data(_context, target);
        }

        return bytes;
    }

    public string Key(long index) => Marshal.PtrToStringUTF8(gguf_get_key(_context, index))!;

    public int KeyType(long index) => gguf_get_kv_type(_context, index);

    /// <summary>Bytes of a scalar that is no string.</summary>
    public byte[] Scalar(long index, int bytes) => new ReadOnlySpan<byte>((void*)gguf_get_val_data(_context, index), bytes).ToArray();

    public string Text(long index) => Marshal.PtrToStringUTF8(gguf_get_val_str(_context, index))!;

    public int ElementType(long index) => gguf_get_arr_type(_context, index);

    public long ElementCount(long index) => (long)gguf_get_arr_n(_context, index);

    /// <summary>Bytes of an array that holds no strings.</summary>
    public byte[] Elements(long index, int bytes) => new ReadOnlySpan<byte>((void*)gguf_get_arr_data(_context, index), bytes).ToArray();

    public string Element(long index, int element) => Marshal.PtrToStringUTF8(gguf_get_arr_str(_context, index, (nuint)element))!;

    public string TensorName(long index) => Marshal.PtrToStringUTF8(gguf_get_tensor_name(_context, index))!;

    public int TensorType(long index) => gguf_get_tensor_type(_context, index);

    public long TensorOffset(long index) => (long)gguf_get_tensor_offset(_context, index);

    public long TensorBytes(long index) => (long)gguf_get_tensor_size(_context, index);

    public void Set(string key, string value) => gguf_set_val_str(_context, key, value);

    public void Set(string key, uint value) => gguf_set_val_u32(_context, key, value);

    public void Set(string key, float value) => gguf_set_val_f32(_context, key, value);

    public void Set(string key, bool value) => gguf_set_val_bool(_context, key, value ? (byte)1 : (byte)0);

    public void Set(string key, int type, Array values)
    {
        GCHandle pin = GCHandle.Alloc(values, GCHandleType.Pinned);
        gguf_set_arr_data(_context, key, type, pin.AddrOfPinnedObject(), (nuint)values.Length);
        pin.Free();
    }

    public void Set(string key, string[] values)
    {
        nint[] texts = Array.ConvertAll(values, Marshal.StringToCoTaskMemUTF8);
        fixed (nint* pointers = texts)
        {
            gguf_set_arr_str(_context, key, (nint)pointers, (nuint)texts.Length);
        }

        Array.ForEach(texts, Marshal.FreeCoTaskMem);
    }

    /// <summary>Adds a tensor, shape in GGUF order.</summary>
    public void Add(string name, int type, params long[] shape)
    {
        nint arena = ggml_init(new ArenaParams { Size = 1 << 16, NoAlloc = 1 });
        fixed (long* dimensions = shape)
        {
            nint tensor = ggml_new_tensor(arena, type, shape.Length, (nint)dimensions);
            ggml_set_name(tensor, name);
            gguf_add_tensor(_context, tensor);
        }

        ggml_free(arena);
    }

    public void Dispose()
    {
        gguf_free(_context);
        _context = 0;
    }

#pragma warning disable SYSLIB1054, CA5392, CA2101 // Plain imports are enough for a test.
    [DllImport(Library)] private static extern nint gguf_init_from_file([MarshalAs(UnmanagedType.LPUTF8Str)] string path, InitParams parameters);
    [DllImport(Library)] private static extern nint gguf_init_empty();
    [DllImport(Library)] private static extern void gguf_free(nint context);
    [DllImport(Library)] private static extern long gguf_get_n_kv(nint context);
    [DllImport(Library)] private static extern long gguf_get_n_tensors(nint context);
    [DllImport(Library)] private static extern nuint gguf_get_alignment(nint context);
    [DllImport(Library)] private static extern nuint gguf_get_data_offset(nint context);
    [DllImport(Library)] private static extern nuint gguf_get_meta_size(nint context);
    [DllImport(Library)] private static extern void gguf_get_meta_data(nint context, void* data);
    [DllImport(Library)] private static extern nint gguf_get_key(nint context, long index);
    [DllImport(Library)] private static extern int gguf_get_kv_type(nint context, long index);
    [DllImport(Library)] private static extern nint gguf_get_val_data(nint context, long index);
    [DllImport(Library)] private static extern nint gguf_get_val_str(nint context, long index);
    [DllImport(Library)] private static extern int gguf_get_arr_type(nint context, long index);
    [DllImport(Library)] private static extern nuint gguf_get_arr_n(nint context, long index);
    [DllImport(Library)] private static extern nint gguf_get_arr_data(nint context, long index);
    [DllImport(Library)] private static extern nint gguf_get_arr_str(nint context, long index, nuint element);
    [DllImport(Library)] private static extern nint gguf_get_tensor_name(nint context, long index);
    [DllImport(Library)] private static extern int gguf_get_tensor_type(nint context, long index);
    [DllImport(Library)] private static extern nuint gguf_get_tensor_offset(nint context, long index);
    [DllImport(Library)] private static extern nuint gguf_get_tensor_size(nint context, long index);
    [DllImport(Library)] private static extern void gguf_set_val_u32(nint context, [MarshalAs(UnmanagedType.LPUTF8Str)] string key, uint value);
    [DllImport(Library)] private static extern void gguf_set_val_f32(nint context, [MarshalAs(UnmanagedType.LPUTF8Str)] string key, float value);
    [DllImport(Library)] private static extern void gguf_set_val_bool(nint context, [MarshalAs(UnmanagedType.LPUTF8Str)] string key, byte value);
    [DllImport(Library)] private static extern void gguf_set_val_str(nint context, [MarshalAs(UnmanagedType.LPUTF8Str)] string key, [MarshalAs(UnmanagedType.LPUTF8Str)] string value);
    [DllImport(Library)] private static extern void gguf_set_arr_data(nint context, [MarshalAs(UnmanagedType.LPUTF8Str)] string key, int type, nint data, nuint count);
    [DllImport(Library)] private static extern void gguf_set_arr_str(nint context, [MarshalAs(UnmanagedType.LPUTF8Str)] string key, nint data, nuint count);
    [DllImport(Library)] private static extern void gguf_add_tensor(nint context, nint tensor);
    [DllImport(Library)] private static extern nint ggml_init(ArenaParams parameters);
    [DllImport(Library)] private static extern void ggml_free(nint context);
    [DllImport(Library)] private static extern nint ggml_new_tensor(nint context, int type, int rank, nint shape);
    [DllImport(Library)] private static extern nint ggml_set_name(nint tensor, [MarshalAs(UnmanagedType.LPUTF8Str)] string name);
#pragma warning restore SYSLIB1054, CA5392, CA2101

    /// <summary>struct gguf_init_params: keep the weights out, and where to put tensors (nowhere).</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct InitParams
    {
        public byte NoAlloc;
        public nint Tensors;
    }

    /// <summary>struct ggml_init_params.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct ArenaParams
    {
        public nuint Size;
        public nint Buffer;
        public byte NoAlloc;
    }
}
