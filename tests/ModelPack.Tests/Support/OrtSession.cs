using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ModelPack.Tests.Support;

/// <summary>A model that ONNX Runtime has loaded: CPU, one thread, the same results every time.</summary>
internal sealed class OrtSession : IDisposable
{
    private readonly InferenceSession _session;

    private OrtSession(InferenceSession session) => _session = session;

    /// <summary>Names and sizes of the inputs; a size that is not fixed is -1.</summary>
    public IReadOnlyDictionary<string, NodeMetadata> Inputs => _session.InputMetadata;

    /// <summary>Names and sizes of the outputs.</summary>
    public IReadOnlyDictionary<string, NodeMetadata> Outputs => _session.OutputMetadata;

    /// <summary>Loads a model; its external data is looked for beside it.</summary>
    /// <param name="path">The .onnx file.</param>
    /// <param name="optimize">Whether the graph may be rewritten before it runs; results then differ in the last bits.</param>
    /// <exception cref="OnnxRuntimeException">ONNX Runtime refuses the model; the message has its words.</exception>
    public static OrtSession Load(string path, bool optimize = true)
    {
        using SessionOptions options = new()
        {
            IntraOpNumThreads = 1,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            GraphOptimizationLevel = optimize ? GraphOptimizationLevel.ORT_ENABLE_ALL : GraphOptimizationLevel.ORT_DISABLE_ALL,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };
        options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        return new(new InferenceSession(path, options));
    }

    /// <summary>A float32 input.</summary>
    public static NamedOnnxValue Input(string name, float[] values, params int[] shape) =>
        NamedOnnxValue.CreateFromTensor(name, new DenseTensor<float>(values, shape));

    /// <summary>An int64 input.</summary>
    public static NamedOnnxValue Input(string name, long[] values, params int[] shape) =>
        NamedOnnxValue.CreateFromTensor(name, new DenseTensor<long>(values, shape));

    /// <summary>An int32 input.</summary>
    public static NamedOnnxValue Input(string name, int[] values, params int[] shape) =>
        NamedOnnxValue.CreateFromTensor(name, new DenseTensor<int>(values, shape));

    /// <summary>A float16 input, rounded from float32.</summary>
    public static NamedOnnxValue HalfInput(string name, float[] values, params int[] shape) =>
        NamedOnnxValue.CreateFromTensor(name, new DenseTensor<Float16>(Array.ConvertAll(values, static v => (Float16)v), shape));

    /// <summary>Runs the model.</summary>
    /// <param name="inputs">Every input.</param>
    /// <returns>Every output of type float32 or float16, row-major as float32, with its shape.</returns>
    public IReadOnlyDictionary<string, (float[] Values, int[] Shape)> Run(params IReadOnlyCollection<NamedOnnxValue> inputs)
    {
        Dictionary<string, (float[], int[])> outputs = [];
        using IDisposableReadOnlyCollection<DisposableNamedOnnxValue> results = _session.Run(inputs);
        foreach (DisposableNamedOnnxValue result in results)
        {
            switch (result.Value)
            {
                case Tensor<float> single:
                    outputs[result.Name] = ([.. single], single.Dimensions.ToArray());
                    break;
                case Tensor<Float16> half:
                    outputs[result.Name] = ([.. half.Select(static h => (float)h)], half.Dimensions.ToArray());
                    break;
                default:
                    break;
            }
        }

        return outputs;
    }

    public void Dispose() => _session.Dispose();
}
