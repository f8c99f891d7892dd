using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using ModelPack.Models.Tensors.Kernels;
using ModelPack.Quantize.Calibration;
using ModelPack.Runtime.Interop;

namespace ModelPack.Runtime.Evaluation;

/// <summary>A decoder's .onnx file as it is deployed: the graph itself, run by ONNX Runtime, with an empty cache for every window.</summary>
public sealed class OnnxModel : LogitsModel
{
    private const string Ids = "input_ids";
    private const string Mask = "attention_mask";
    private const string Positions = "position_ids";
    private const string Logits = "logits";

    private readonly string _file;
    private readonly SessionOptions _options;
    private readonly InferenceSession _session;
    private readonly RunOptions _run = new();
    private int _vocabulary;

    private OnnxModel(string file, RunnerDevice device, SessionOptions options, InferenceSession session) =>
        (_file, Device, _options, _session) = (Path.GetFileName(file), device, options, session);

    /// <inheritdoc />
    public override int VocabularySize => _vocabulary;

    /// <inheritdoc />
    public override RunnerDevice Device { get; }

    /// <summary>Loads a model; its external data is looked for beside it.</summary>
    /// <param name="file">The .onnx file.</param>
    /// <param name="options">Device and threads.</param>
    /// <exception cref="RuntimeException">ONNX Runtime or the device cannot be used, or ONNX Runtime refuses the model.</exception>
    /// <exception cref="Models.UnsupportedModelException">The graph is no decoder with a cache, as GenAI runs them.</exception>
    public static OnnxModel Open(string file, RunnerOptions options)
    {
        (RunnerDevice device, SessionOptions session) = DeviceChoice.Open(options.Device, options.Threads ?? Environment.ProcessorCount);
        OnnxModel? model = null;
        try
        {
            model = new(file, device, session, new(file, session));
            model.Check();
            return model;
        }
        catch (OnnxRuntimeException cause)
        {
            session.Dispose();
            throw RuntimeFaults.Failed(Path.GetFileName(file), cause);
        }
        catch
        {
            model?.Dispose();
            throw;
        }
    }

    /// <inheritdoc />
    public override void Run(
        IReadOnlyList<int[]> windows, ILinearVisitor? visitor, LogitsSink sink, IProgress<double>? progress, CancellationToken cancel)
    {
        for (int i = 0; i < windows.Count; i++)
        {
            cancel.ThrowIfCancellationRequested();
            int outside = Array.FindIndex(windows[i], t => t < 0 || t >= VocabularySize);
            if (outside >= 0)
            {
                throw EvaluationFaults.TokenOutside(_file, windows[i][outside], VocabularySize);
            }

            RunWindow(windows[i], sink, i);
            progress?.Report((i + 1.0) / windows.Count);
        }
    }

    /// <inheritdoc />
    public override void Dispose()
    {
        _run.Dispose();
        _session.Dispose();
        _options.Dispose();
    }

    private void Check()
    {
        foreach ((string name, NodeMetadata input) in _session.InputMetadata)
        {
            bool known = name is Ids or Mask or Positions || (input.Dimensions is [_, > 0, _, > 0]
                && input.ElementDataType is TensorElementType.Float or TensorElementType.Float16);
            if (!known)
            {
                throw EvaluationFaults.UnknownInput(_file, name, $"[{string.Join(", ", input.Dimensions)}]");
            }
        }

        if (!_session.OutputMetadata.TryGetValue(Logits, out NodeMetadata? logits) || logits.Dimensions.Length != 3
            || logits.ElementDataType is not (TensorElementType.Float or TensorElementType.Float16))
        {
            throw EvaluationFaults.NoLogits(_file, string.Join(", ", _session.OutputMetadata.Keys));
        }

        _vocabulary = logits.Dimensions[^1];
        if (_vocabulary <= 0)
        {
            // The size only shows in a result.
            RunWindow([0], (_, _, row) => _vocabulary = row.Length, 0);
        }
    }

    private void RunWindow(int[] window, LogitsSink sink, int index)
    {
        Dictionary<string, OrtValue> inputs = [];
        try
        {
            foreach ((string name, NodeMetadata input) in _session.InputMetadata)
            {
                inputs.Add(name, Input(name, input, window));
            }

            using IDisposableReadOnlyCollection<OrtValue> outputs = _session.Run(_run, inputs, [Logits]);
            Give(outputs[0], window.Length, sink, index);
        }
        catch (OnnxRuntimeException cause)
        {
            throw RuntimeFaults.Failed(_file, cause);
        }
        finally
        {
            foreach (OrtValue value in inputs.Values)
            {
                value.Dispose();
            }
        }
    }

    private static OrtValue Input(string name, NodeMetadata input, int[] window)
    {
        Func<int, long>? value = name switch
        {
            Ids => i => window[i],
            Mask => static _ => 1,
            Positions => static i => i,
            _ => null,
        };
        if (value is null)
        {
            return OrtValue.CreateAllocatedTensorValue(
                OrtAllocator.DefaultInstance, input.ElementDataType, [1, input.Dimensions[1], 0, input.Dimensions[3]]);
        }

        long[] shape = [1, window.Length];
        return input.ElementDataType == TensorElementType.Int32
            ? OrtValue.CreateTensorValueFromMemory<int>([.. Enumerable.Range(0, window.Length).Select(i => (int)value(i))], shape)
            : OrtValue.CreateTensorValueFromMemory<long>([.. Enumerable.Range(0, window.Length).Select(value)], shape);
    }

    private void Give(OrtValue output, int tokens, LogitsSink sink, int index)
    {
        OrtTensorTypeAndShapeInfo info = output.GetTensorTypeAndShape();
        if (info.Shape is not [1, var positions, > 0] || positions != tokens)
        {
            throw EvaluationFaults.WrongLogits(_file, info.Shape, tokens);
        }

        if (info.ElementDataType == TensorElementType.Float)
        {
            sink(index, 0, output.GetTensorDataAsSpan<float>());
            return;
        }

        ReadOnlySpan<byte> halves = MemoryMarshal.AsBytes(output.GetTensorDataAsSpan<Float16>());
        float[] logits = new float[halves.Length / sizeof(ushort)];
        Widen.F16(halves, logits);
        sink(index, 0, logits);
    }
}
