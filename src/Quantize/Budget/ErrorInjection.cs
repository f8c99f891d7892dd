using ModelPack.Models.Architectures;
using ModelPack.Models.Conversion;
using ModelPack.Models.Onnx;
using ModelPack.Models.Onnx.Export;
using ModelPack.Models.Tensors;
using ModelPack.Quantize.Calibration;
using ModelPack.Quantize.Onnx.Encoders;

namespace ModelPack.Quantize.Budget;

/// <summary>Rounds one kind of weight of one layer to 4 bits during a pass, and notes how large the error of its output is.</summary>
/// <param name="weights">The model.</param>
/// <param name="layer">Which layer.</param>
/// <param name="kinds">Which weights.</param>
public sealed class ErrorInjection(ModelWeights weights, int layer, IReadOnlyList<TensorKind> kinds) : ILinearVisitor
{
    private const int Block = 32;

    private readonly Dictionary<LinearInput, double[]> _squares = [];

    /// <summary><c>Σ tokens × h_j × Δ_j²</c> over the rounded weights, on the tokens of the pass.</summary>
    public double Loss { get; private set; }

    /// <inheritdoc/>
    public void Begin(int firstLayer)
    {
        _squares.Clear();
        Loss = 0;
    }

    /// <inheritdoc/>
    public bool Wants(LinearPlace place) => place is not (LinearPlace.Head or LinearPlace.RouterInput)
        && (place != LinearPlace.KeyQuery || kinds.Contains(TensorKind.AttentionKeyUp));

    /// <inheritdoc/>
    public int NearMisses(LinearInput input, int routed) => 0;

    /// <inheritdoc/>
    public void Visit(LinearInput input, ReadOnlySpan<float> rows, ReadOnlySpan<float> gates, RowSample sample)
    {
        if (!Concerns(input))
        {
            return;
        }

        if (!_squares.TryGetValue(input, out double[]? squares))
        {
            _squares.Add(input, squares = new double[input.Width]);
        }

        for (; !rows.IsEmpty; rows = rows[input.Width..])
        {
            for (int i = 0; i < squares.Length; i++)
            {
                squares[i] += (double)rows[i] * rows[i];
            }
        }
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<TensorRole, ReadOnlyMemory<float>>? Complete(IReadOnlyList<LinearInput> inputs, CancellationToken cancel)
    {
        Dictionary<TensorRole, ReadOnlyMemory<float>> replaced = [];
        foreach (LinearInput input in inputs.Where(_squares.ContainsKey))
        {
            foreach (TensorRole role in input.Weights.Where(w => kinds.Contains(w.Kind)))
            {
                cancel.ThrowIfCancellationRequested();
                replaced.Add(role, Round(weights.Find(role), _squares[input]));
            }
        }

        return replaced.Count > 0 ? replaced : null;
    }

    /// <inheritdoc/>
    public void LayerDone(int layer) => _squares.Clear();

    private bool Concerns(LinearInput input) => input.Layer == layer && input.Weights.Any(w => kinds.Contains(w.Kind));

    private float[] Round(TensorSource source, double[] squares)
    {
        float[] values = new float[checked(source.Rows * source.Columns)];
        float[] decoded = new float[values.Length];
        source.Read(0, values);
        float[] importance = [.. squares.Select(static s => (float)s)];
        RoundingLoss.RoundTrip round = RoundingLoss.Of(
            new BlockGrid(new OnnxWeightFormat.Blocks(4, Block, Symmetric: true, OnnxElementType.Float), source.Columns));
        for (int first = 0; first < values.Length; first += source.Columns)
        {
            // One below the other, matrices of heads see columns of their own.
            int matrix = (int)((long)first * (squares.Length / source.Columns) / values.Length);
            int from = matrix * source.Columns;
            ReadOnlySpan<float> row = values.AsSpan(first, source.Columns);
            Span<float> back = decoded.AsSpan(first, source.Columns);
            round(row, importance.AsSpan(from, source.Columns), back);
            for (int i = 0; i < row.Length; i++)
            {
                double error = row[i] - back[i];
                Loss += squares[from + i] * error * error;
            }
        }

        return decoded;
    }
}
