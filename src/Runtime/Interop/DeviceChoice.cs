using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using ModelPack.Runtime.Graphs;

namespace ModelPack.Runtime.Interop;

/// <summary>Finds out which device works, by using it: the list of providers names what a build could have, not what a machine has.</summary>
internal static class DeviceChoice
{
    /// <summary>Chooses a device and makes the options for sessions on it.</summary>
    /// <exception cref="RuntimeException">It cannot be had, or ONNX Runtime cannot be loaded.</exception>
    public static (RunnerDevice Device, SessionOptions Options) Open(string device, int threads)
    {
        try
        {
            if (!TryParse(device, out (bool Required, int? Gpu) asked))
            {
                throw RuntimeFaults.UnknownDevice(device);
            }

            return asked switch
            {
                { Gpu: null } => Prove(new("cpu", "as asked"), threads),
                { Required: true, Gpu: { } gpu } => Required(gpu, threads),
                { Gpu: { } gpu } => Best(gpu, threads),
            };
        }
        catch (Exception e) when (Library(e) is { } missing)
        {
            throw RuntimeFaults.NoLibrary(missing);
        }
    }

    /// <summary>Reads the name of a device; no number of a GPU is the CPU.</summary>
    public static bool TryParse(string device, out (bool Required, int? Gpu) asked)
    {
        string number = device.StartsWith("cuda:", StringComparison.Ordinal) ? device["cuda:".Length..] : "0";
        bool known = device is "auto" or "cpu" or "cuda" || device.StartsWith("cuda:", StringComparison.Ordinal);
        bool numbered = int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int gpu);
        asked = (device != "auto", device == "cpu" ? null : gpu);
        return known && numbered;
    }

    private static (RunnerDevice, SessionOptions) Required(int gpu, int threads)
    {
        try
        {
            return Prove(Cuda(gpu, "as asked"), threads);
        }
        catch (Exception e) when (e is OnnxRuntimeException or RuntimeException)
        {
            throw RuntimeFaults.NoCuda(gpu, e.InnerException ?? e);
        }
    }

    private static (RunnerDevice, SessionOptions) Best(int gpu, int threads)
    {
        try
        {
            return Prove(Cuda(gpu, "the CUDA provider works"), threads);
        }
        catch (Exception e) when (e is OnnxRuntimeException or RuntimeException)
        {
            return Prove(new("cpu", $"the CUDA provider could not be used: {RuntimeFaults.Reason(e.InnerException ?? e)}"), threads);
        }
    }

    private static RunnerDevice Cuda(int gpu, string reason) =>
        new(string.Create(CultureInfo.InvariantCulture, $"cuda:{gpu}"), reason) { Gpu = gpu };

    // Runs the smallest block, as a provider may be appended and still have no device.
    private static (RunnerDevice, SessionOptions) Prove(RunnerDevice device, int threads)
    {
        SessionOptions options = Options(device, threads);
        try
        {
            using Block norm = new(LinearGraphs.Norm(1e-6), options);
            using NativeBuffer values = new(12);
            values.Rows(3, 4).Span.Fill(1);
            norm.Run([values.Rows(1, 4).Value(), values.Rows(4, 1, 4).Value(4)], [values.Rows(8, 1, 4).Value()]);
            return (device, options);
        }
        catch
        {
            options.Dispose();
            throw;
        }
    }

    private static SessionOptions Options(RunnerDevice device, int threads)
    {
        SessionOptions options = new()
        {
            IntraOpNumThreads = threads,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,

            // Batches differ in size: an arena would keep the largest of each.
            EnableCpuMemArena = false,
            EnableMemoryPattern = false,
        };
        try
        {
            // Each block has its own threads, and only one block runs: the others must not spin.
            options.AddSessionConfigEntry("session.force_spinning_stop", "1");
            if (device.Gpu is { } gpu)
            {
                Append(options, gpu);
            }

            return options;
        }
        catch
        {
            options.Dispose();
            throw;
        }
    }

    // Exact float32: TF32's 10 bits would flip routers, and hide what quantization costs.
    private static void Append(SessionOptions options, int gpu)
    {
        using OrtCUDAProviderOptions cuda = new();
        cuda.UpdateOptions(new()
        {
            ["device_id"] = gpu.ToString(CultureInfo.InvariantCulture),
            ["use_tf32"] = "0",
            ["arena_extend_strategy"] = "kSameAsRequested",
        });
        options.AppendExecutionProvider_CUDA(cuda);
    }

    // The first use of the library fails inside a static constructor.
    private static DllNotFoundException? Library(Exception? e) => e switch
    {
        null => null,
        DllNotFoundException missing => missing,
        _ => Library(e.InnerException),
    };
}
