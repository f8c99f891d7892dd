using ModelPack.Models.Architectures;
using ModelPack.Quantize.Calibration;

namespace ModelPack.Tests.Runtime;

/// <summary>Keeps all that it is shown, and checks the order of the calls.</summary>
internal sealed class Recorder : ILinearVisitor
{
    private readonly HashSet<LinearInput> _completed = [];

    /// <summary>Rows of an input, with their gates.</summary>
    public Dictionary<(LinearInput Input, RowSample Sample), List<(float Gate, float[] Row)>> Seen { get; } = [];

    /// <summary>Inputs of each call of Complete.</summary>
    public List<IReadOnlyList<LinearInput>> Completed { get; } = [];

    /// <summary>Layers that were done.</summary>
    public List<int> Done { get; } = [];

    /// <summary>First layer.</summary>
    public int? First { get; private set; }

    /// <summary>Which places are wanted.</summary>
    public Func<LinearPlace, bool> Wanted { get; init; } = static _ => true;

    /// <summary>Near misses of an expert that saw so many.</summary>
    public Func<LinearInput, int, int> Misses { get; init; } = static (_, _) => 0;

    /// <summary>Weights for the rest of the pass.</summary>
    public Func<TensorRole, float[]?> Replace { get; init; } = static _ => null;

    /// <summary>Called first in Complete.</summary>
    public Action<LinearInput> OnComplete { get; init; } = static _ => { };

    public void Begin(int firstLayer)
    {
        Assert.Null(First);
        First = firstLayer;
    }

    public bool Wants(LinearPlace place) => Wanted(place);

    public int NearMisses(LinearInput input, int routed) => Misses(input, routed);

    public void Visit(LinearInput input, ReadOnlySpan<float> rows, ReadOnlySpan<float> gates, RowSample sample)
    {
        Assert.NotNull(First);
        Assert.True(Wanted(input.Place));
        Assert.DoesNotContain(input, _completed);
        Assert.Equal(0, rows.Length % input.Width);
        bool expert = input.Place is LinearPlace.ExpertInput or LinearPlace.ExpertInner;
        Assert.Equal(expert, input.Expert is not null);
        Assert.Equal(expert ? rows.Length / input.Width : 0, gates.Length);
        Assert.True(expert || sample == RowSample.Routed);
        Assert.False(sample == RowSample.Routed && Seen.ContainsKey((input, RowSample.NearMiss)), "routed rows come first");
        List<(float, float[])> list = Seen.TryGetValue((input, sample), out var known) ? known : Seen[(input, sample)] = [];
        for (int i = 0; i < rows.Length / input.Width; i++)
        {
            list.Add((expert ? gates[i] : 0, rows.Slice(i * input.Width, input.Width).ToArray()));
        }
    }

    public IReadOnlyDictionary<TensorRole, ReadOnlyMemory<float>>? Complete(IReadOnlyList<LinearInput> inputs, CancellationToken cancel)
    {
        OnComplete(inputs[0]);
        Completed.Add(inputs);
        Assert.All(inputs, i => Assert.True(Wanted(i.Place)));
        Assert.All(inputs, i => Assert.True(_completed.Add(i), $"{i} is completed twice"));
        Dictionary<TensorRole, ReadOnlyMemory<float>> replaced = [];
        foreach (TensorRole role in inputs.SelectMany(static i => i.Weights))
        {
            if (Replace(role) is { } weights)
            {
                replaced.Add(role, weights);
            }
        }

        return replaced.Count > 0 ? replaced : null;
    }

    public void LayerDone(int layer) => Done.Add(layer);
}
