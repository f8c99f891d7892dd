using ModelPack.Models;
using ModelPack.Models.Architectures;

namespace ModelPack.Quantize.Calibration;

/// <summary>Sums the squares of what enters every linear layer, expert by expert: the statistics of an importance matrix.</summary>
/// <remarks>
/// The head's input is not collected, as llama-imatrix leaves output.weight out too. A layer that is done takes four bytes a column.
/// </remarks>
/// <param name="store">Where results are made safe for a later run; null for nowhere.</param>
public sealed class ImportanceCollector(TallyStore? store = null) : ILinearVisitor
{
    private readonly Dictionary<LinearInput, InputTally> _tallies = [];

    /// <summary>What was seen, layer by layer, place by place, expert by expert.</summary>
    public IReadOnlyList<InputTally> Tallies =>
    [
        .. _tallies.Values.OrderBy(static t => t.Input.Layer).ThenBy(static t => t.Input.Place).ThenBy(static t => t.Input.Expert ?? -1),
    ];

    /// <summary>Rows left out because a value in them was not finite.</summary>
    public long Dropped => _tallies.Values.Sum(static t => t.Dropped);

    /// <inheritdoc />
    /// <exception cref="ModelPackException">The results of the earlier run cannot be read.</exception>
    public void Begin(int firstLayer)
    {
        _tallies.Clear();
        foreach (InputTally tally in store?.Load(firstLayer) ?? [])
        {
            tally.Pack();
            _tallies.Add(tally.Input, tally);
        }
    }

    /// <inheritdoc />
    public bool Wants(LinearPlace place) => place != LinearPlace.Head;

    /// <inheritdoc />
    public int NearMisses(LinearInput input, int routed) => 0;

    /// <inheritdoc />
    public void Visit(LinearInput input, ReadOnlySpan<float> rows, ReadOnlySpan<float> gates, RowSample sample)
    {
        if (sample == RowSample.Routed)
        {
            Of(input).Add(rows);
        }
    }

    /// <inheritdoc />
    /// <exception cref="ModelPackException">The results cannot be written.</exception>
    public IReadOnlyDictionary<TensorRole, ReadOnlyMemory<float>>? Complete(IReadOnlyList<LinearInput> inputs, CancellationToken cancel)
    {
        // Experts without a row are named here only; they must be in the result with a count of zero.
        List<InputTally> group = [.. inputs.Where(i => Wants(i.Place)).Select(Of)];
        store?.Save(group);
        return null;
    }

    /// <inheritdoc />
    /// <exception cref="ModelPackException">More than 1 % of the rows of a place of this layer were not finite.</exception>
    public void LayerDone(int layer)
    {
        List<InputTally> done = [.. _tallies.Values.Where(t => t.Input.Layer == layer)];
        foreach (IGrouping<LinearPlace, InputTally> place in done.GroupBy(static t => t.Input.Place))
        {
            (long dropped, long rows) = (place.Sum(static t => t.Dropped), place.Sum(static t => t.Rows));
            if (dropped > CalibrationFaults.MostDropped * (dropped + rows))
            {
                throw CalibrationFaults.NotFinite(place.Key, layer, dropped, dropped + rows);
            }
        }

        done.ForEach(static t => t.Pack());
    }

    /// <summary>Adds what another run saw of the same model.</summary>
    /// <exception cref="ArgumentException">The other run was of another model: an input has another width.</exception>
    public void Add(ImportanceCollector other)
    {
        foreach (InputTally tally in other._tallies.Values)
        {
            InputTally mine = Of(tally.Input);
            if (mine.Input.Width != tally.Input.Width)
            {
                throw CalibrationFaults.OtherWidth(mine.Input, tally.Input.Width);
            }

            mine.Add(tally);
            mine.Pack();
        }
    }

    /// <summary>Tokens that each routed expert saw, by layer; layers without experts are not in it.</summary>
    public IReadOnlyList<ExpertTokens> ExpertTokens() =>
    [
        .. _tallies.Values
            .Where(static t => t.Input is { Place: LinearPlace.ExpertInput, Expert: not null })
            .GroupBy(static t => t.Input.Layer)
            .OrderBy(static g => g.Key)
            .Select(static g => new ExpertTokens(g.Key, [.. g.OrderBy(static t => t.Input.Expert).Select(static t => t.Rows)])),
    ];

    private InputTally Of(LinearInput input)
    {
        if (!_tallies.TryGetValue(input, out InputTally? tally))
        {
            _tallies.Add(input, tally = new(input));
        }

        return tally;
    }
}
