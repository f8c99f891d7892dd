using Microsoft.ML.OnnxRuntime;
using ModelPack.Quantize.Solving.Engines;
using ModelPack.Runtime.Graphs;
using ModelPack.Runtime.Interop;

namespace ModelPack.Runtime.Solving;

/// <summary>The solver's products as small graphs that ONNX Runtime runs, in exact float32, on matrices that stay on the device.</summary>
public sealed class OrtMatrixEngine : IMatrixEngine
{
    /// <summary>Bytes of a device that a group may take: with the Gram matrices below 24 GB, and 12 GB for experts of common size.</summary>
    public const long GroupBytes = 12_000_000_000;

    /// <summary>Bytes of a device for Gram matrices; those beyond it are kept by the host and sent for each use.</summary>
    public const long GramBytes = 10_000_000_000;

    private readonly SessionOptions _options;
    private readonly Dictionary<object, Block> _blocks = [];
    private long _grams;

    private OrtMatrixEngine(RunnerDevice device, SessionOptions options)
    {
        (Device, _options) = (device, options);
        Memory = new(device, options);
    }

    /// <summary>What was chosen, and why.</summary>
    public RunnerDevice Device { get; }

    /// <summary>Whether runs that are started from here use an engine on the CPU too: for tests of the way that a GPU takes.</summary>
    internal static AsyncLocal<bool> OnCpuToo { get; } = new();

    /// <inheritdoc/>
    public string Name => Device.Name;

    /// <inheritdoc/>
    public long MemoryBytes { get; init; } = GroupBytes;

    /// <inheritdoc/>
    public long PieceBytes => Memory.MostBytes;

    internal DeviceMemory Memory { get; }

    /// <summary>Opens an engine on a device, the CPU too, where the solver's own kernels are faster.</summary>
    /// <param name="device">"auto", "cpu", "cuda" or "cuda:1".</param>
    /// <param name="threads">Threads of the CPU.</param>
    /// <exception cref="RuntimeException">ONNX Runtime cannot be loaded, or the device cannot be used.</exception>
    public static OrtMatrixEngine Open(string device, int threads) => Open(device, threads, static _ => true)!;

    /// <summary>Opens an engine where it is of use: on a GPU. Null where the device is the CPU.</summary>
    /// <inheritdoc cref="Open(string, int)"/>
    public static OrtMatrixEngine? OpenForSolver(string device, int threads) =>
        device == "cpu" && !OnCpuToo.Value ? null : Open(device, threads, static found => found.Gpu is not null || OnCpuToo.Value);

    private static OrtMatrixEngine? Open(string device, int threads, Func<RunnerDevice, bool> isOfUse)
    {
        (RunnerDevice found, SessionOptions options) = DeviceChoice.Open(device, threads);
        try
        {
            if (isOfUse(found))
            {
                return new(found, options);
            }
        }
        catch (Exception e)
        {
            options.Dispose();
            if (e is OnnxRuntimeException)
            {
                throw RuntimeFaults.Failed("the solver's engine", e);
            }

            throw;
        }

        options.Dispose();
        return null;
    }

    /// <inheritdoc/>
    public IGramMatrix CreateGram(int columns)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        long bytes = GroupMemory.GramBytes(columns);
        DeviceBuffer? buffer = null;
        if (_grams + bytes <= GramBytes && bytes <= PieceBytes)
        {
            try
            {
                buffer = Memory.Allocate((long)columns * columns);
            }
            catch (InsufficientMemoryException)
            {
                Memory.Trim();
            }
        }

        long kept = buffer is null ? 0 : bytes;
        _grams += kept;
        return new GramMatrix(this, buffer ?? new(new NativeBuffer((long)columns * columns)), columns, () => _grams -= kept);
    }

    /// <inheritdoc/>
    public IHessianGroup Open(int columns, int members, int rows)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(members, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        return new HessianGroup(this, columns, members, rows);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Block block in _blocks.Values)
        {
            block.Dispose();
        }

        _blocks.Clear();
        Memory.Dispose();
        _options.Dispose();
    }

    /// <summary>A graph, loaded when it is first used.</summary>
    internal Block Get(object key, Func<BlockGraph> build)
    {
        if (!_blocks.TryGetValue(key, out Block? block))
        {
            _blocks.Add(key, block = new(build(), _options));
        }

        return block;
    }
}
