using ModelPack.Models.Architectures;
using ModelPack.Models.Conversion;
using ModelPack.Models.Onnx;
using ModelPack.Models.Onnx.Export;
using ModelPack.Models.Tensors;
using ModelPack.Quantize.Calibration;
using ModelPack.Quantize.Onnx.Encoders;

namespace ModelPack.Quantize.Budget;

/// <summary>Rounds weights to 4 bits during a pass, and notes how large the errors of their outputs are.</summary>
/// <param name="weights">The model.</param>
/// <param name="rounds">Which weights.</param>
public sealed class ErrorInjection(ModelWeights weights, Func<TensorRole, bool> rounds) : ILinearVisitor
{
    private const int Block = 32;

    private readonly Dictionary<LinearInput, double[]> _squares = [];
    private readonly Dictionary<TensorRole, double> _losses = [];

    /// <summary><c>Σ g² x_j² Δ_j²</c> of each rounded weight, on the tokens of the pass; g is an expert's routing weight, else 1.</summary>
    public IReadOnlyDictionary<TensorRole, double> Losses => _losses;

    /// <inheritdoc/>
    public void Begin(int firstLayer)
    {
        _squares.Clear();
        _losses.Clear();
    }

    /// <inheritdoc/>
    public bool Wants(LinearPlace place) => place is not (LinearPlace.Head or LinearPlace.RouterInput)
        && (place != LinearPlace.KeyQuery || Enumerable.Range(0, weights.Spec.Layers.Count).Any(layer => rounds(new(TensorKind.AttentionKeyUp, layer))));

    /// <inheritdoc/>
    public int NearMisses(LinearInput input, int routed) => 0;

    /// <inheritdoc/>
    public void Visit(LinearInput input, ReadOnlySpan<float> rows, ReadOnlySpan<float> gates, RowSample sample)
    {
        if (!input.Weights.Any(rounds))
        {
            return;
        }

        if (!_squares.TryGetValue(input, out double[]? squares))
        {
            _squares.Add(input, squares = new double[input.Width]);
        }

        for (int row = 0; row * input.Width < rows.Length; row++)
        {
            ReadOnlySpan<float> x = rows.Slice(row * input.Width, input.Width);
            double gate = gates.IsEmpty ? 1 : gates[row];
            for (int i = 0; i < squares.Length; i++)
            {
                squares[i] += gate * gate * x[i] * x[i];
            }
        }
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<TensorRole, ReadOnlyMemory<float>>? Complete(IReadOnlyList<LinearInput> inputs, CancellationToken cancel)
    {
        (TensorRole Role, double[] Squares)[] rounded =
        [
            .. inputs.Where(_squares.ContainsKey).SelectMany(i => i.Weights.Where(rounds).Select(r => (r, _squares[i]))),
        ];
        (float[] Decoded, double Loss)[] results = new (float[], double)[rounded.Length];
        Parallel.For(0, rounded.Length, new ParallelOptions { CancellationToken = cancel }, i =>
            results[i] = Round(weights.Find(rounded[i].Role), rounded[i].Squares));
        Dictionary<TensorRole, ReadOnlyMemory<float>> replaced = [];
        for (int i = 0; i < rounded.Length; i++)
        {
            replaced.Add(rounded[i].Role, results[i].Decoded);
            _losses[rounded[i].Role] = results[i].Loss;
        }

        foreach (LinearInput input in inputs)
        {
            _squares.Remove(input);
        }

        return replaced.Count > 0 ? replaced : null;
    }

    /// <inheritdoc/>
    public void LayerDone(int layer) => _squares.Clear();

    // Plain rounding: every pass rounds every weight.
    private static (float[] Decoded, double Loss) Round(TensorSource source, double[] squares)
    {
        float[] values = new float[checked(source.Rows * source.Columns)];
        float[] decoded = new float[values.Length];
        source.Read(0, values);
        RoundingLoss.RoundTrip round = RoundingLoss.Of(
            new BlockGrid(new OnnxWeightFormat.Blocks(4, Block, Symmetric: true, OnnxElementType.Float), source.Columns));
        double loss = 0;
        for (int first = 0; first < values.Length; first += source.Columns)
        {
            // One below the other, matrices of heads see columns of their own.
            int matrix = (int)((long)first * (squares.Length / source.Columns) / values.Length);
            int from = matrix * source.Columns;
            ReadOnlySpan<float> row = values.AsSpan(first, source.Columns);
            Span<float> back = decoded.AsSpan(first, source.Columns);
            round(row, [], back);
            for (int i = 0; i < row.Length; i++)
            {
                double error = row[i] - back[i];
                loss += squares[from + i] * error * error;
            }
        }

        return (decoded, loss);
    }
}
