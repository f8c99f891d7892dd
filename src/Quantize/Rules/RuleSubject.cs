using System.Globalization;

namespace ModelPack.Quantize.Rules;

/// <summary>A tensor as rules see it: its GGUF name, and its place in the model.</summary>
/// <param name="Name">GGUF name: "blk.3.ffn_down_exps.weight".</param>
/// <param name="Path">
/// Dotted place in the model: "layers.3.experts.*.down", with a <c>*</c> segment where the expert's number would stand;
/// null when the name has no place.
/// </param>
/// <param name="Experts">Experts stacked in the tensor; 1 when it is no stack.</param>
public sealed record RuleSubject(string Name, string? Path, int Experts)
{
    /// <summary>How many of the stacked experts a pattern selects: 0, all, or some.</summary>
    public int CountSelected(RulePattern pattern)
    {
        if (pattern.Matches(Name))
        {
            return Experts;
        }

        if (Path is null)
        {
            return 0;
        }

        int star = Path.IndexOf(".*", StringComparison.Ordinal);
        if (star < 0)
        {
            return pattern.Matches(Path) ? Experts : 0;
        }

        (string before, string after) = (Path[..(star + 1)], Path[(star + 2)..]);
        return Enumerable.Range(0, Experts)
            .Count(e => pattern.Matches(string.Create(CultureInfo.InvariantCulture, $"{before}{e}{after}")));
    }
}
