using ModelPack.Models.Architectures;
using ModelPack.Quantize.Calibration;
using ModelPack.Quantize.Solving;

namespace ModelPack.Quantize.Calibrated;

/// <summary>The moments of the inputs that weights are solved with: of one group of inputs, and the prior of their layer.</summary>
/// <param name="spec">The model.</param>
/// <param name="isSolved">Which weights.</param>
/// <param name="options">How they are solved.</param>
internal sealed class CollectedMoments(DecoderSpec spec, Func<TensorRole, bool> isSolved, SolveOptions options)
{
    private readonly Dictionary<LinearInput, SeenMoments> _moments = [];
    private InputMoments? _layer;

    /// <summary>Whether a weight that sees an input is solved.</summary>
    public bool Concerns(LinearInput input) => input.Place != LinearPlace.RouterInput && input.Weights.Any(isSolved);

    /// <summary>Down projections of experts that saw fewer tokens than their input is wide are filled up to that number.</summary>
    public int NearMisses(LinearInput input, int routed) => options.Shrinkage > 0 && input.Weights.Any(isSolved)
        ? Math.Max(0, (spec.Layers[input.Layer].FeedForward is FeedForwardSpec.Experts experts ? experts.Size : 0) - routed)
        : 0;

    /// <summary>Adds rows, as a visitor sees them.</summary>
    public void Add(LinearInput input, ReadOnlySpan<float> rows, ReadOnlySpan<float> gates, RowSample sample)
    {
        if (input.Place == LinearPlace.RouterInput)
        {
            (_layer ??= SeenMoments.Create(input.Width, options.Engine)).Add(rows, default, options.Threads);
            return;
        }

        if (!Concerns(input) || (sample == RowSample.NearMiss && input.Place != LinearPlace.ExpertInner))
        {
            return;
        }

        if (!_moments.TryGetValue(input, out SeenMoments? moments))
        {
            _moments.Add(input, moments = new(input, options.Engine));
        }

        if (sample == RowSample.NearMiss)
        {
            moments.AddNearMiss(rows, options.Threads);
        }
        else
        {
            moments.Add(rows, gates, options.Threads);
        }
    }

    /// <summary>The moments of one matrix of an input and what they are shrunk towards; null where no row was seen.</summary>
    public (InputMoments? Own, InputMoments? Prior) Find(LinearInput input, int matrix)
    {
        SeenMoments? seen = _moments.GetValueOrDefault(input);
        InputMoments? prior = input.Place switch
        {
            LinearPlace.ExpertInput => _layer,
            LinearPlace.ExpertInner => seen?.NearMiss,
            _ => null,
        };
        return (seen?.Own[matrix], options.Shrinkage > 0 ? prior : null);
    }

    /// <summary>Frees an input that is done.</summary>
    /// <returns>Bytes that it held.</returns>
    public long Release(LinearInput input)
    {
        if (!_moments.Remove(input, out SeenMoments? moments))
        {
            return 0;
        }

        moments.Release();
        return moments.Bytes;
    }

    /// <summary>Frees everything: at the end of a layer, or of a pass, however it ended.</summary>
    public void Release()
    {
        _layer?.Release();
        _layer = null;
        foreach (LinearInput input in _moments.Keys.ToArray())
        {
            Release(input);
        }
    }
}
