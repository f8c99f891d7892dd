namespace ModelPack.Licensing.Spdx;

/// <summary>
/// An expression as a choice of sets: any one of <see cref="Choices"/> may be picked, and all licenses of the one picked apply.
/// Sorted and without repetition, so that expressions that say the same by order and parentheses are equal.
/// </summary>
public sealed class SpdxNormalForm
{
    /// <summary>Choices beyond which an expression is not expanded.</summary>
    public const int MaxChoices = 4096;

    private SpdxNormalForm(IReadOnlyList<IReadOnlyList<SpdxLicense>> choices) => Choices = choices;

    public IReadOnlyList<IReadOnlyList<SpdxLicense>> Choices { get; }

    /// <summary>Expands an expression.</summary>
    /// <exception cref="FormatException">It has more than <see cref="MaxChoices"/> choices.</exception>
    public static SpdxNormalForm Of(SpdxExpression expression)
    {
        IEnumerable<IReadOnlyList<SpdxLicense>> choices = Expand(expression)
            .Select(static pair => pair.Value)
            .OrderBy(static choice => choice.Count)
            .ThenBy(static choice => string.Join(" AND ", choice), StringComparer.Ordinal);
        return new([.. choices]);
    }

    /// <summary>
    /// Whether a choice exists whose licenses are all approved. An approved "GPL-2.0-or-later" or "Apache-1.0+" covers later
    /// versions; a license offered "or later" is covered by any version that it includes. Exceptions must be equal.
    /// </summary>
    public bool IsSatisfiedBy(IReadOnlyCollection<SpdxLicense> approved) =>
        Choices.Any(choice => choice.All(license => approved.Any(other => SpdxVersion.Covers(other, license))));

    public override string ToString() =>
        string.Join(" OR ", Choices.Select(choice => choice.Count > 1 && Choices.Count > 1 ? $"({Join(choice)})" : Join(choice)));

    private static string Join(IReadOnlyList<SpdxLicense> choice) => string.Join(" AND ", choice);

    private static Dictionary<string, IReadOnlyList<SpdxLicense>> Expand(SpdxExpression expression)
    {
        Dictionary<string, IReadOnlyList<SpdxLicense>> choices = [];
        switch (expression)
        {
            case SpdxLicense license:
                Add(choices, [license]);
                break;
            case SpdxOr(SpdxExpression left, SpdxExpression right):
                foreach (IReadOnlyList<SpdxLicense> choice in Expand(left).Values.Concat(Expand(right).Values))
                {
                    Add(choices, choice);
                }

                break;
            case SpdxAnd(SpdxExpression left, SpdxExpression right):
                Dictionary<string, IReadOnlyList<SpdxLicense>> rights = Expand(right);
                foreach (IReadOnlyList<SpdxLicense> choice in Expand(left).Values)
                {
                    foreach (IReadOnlyList<SpdxLicense> other in rights.Values)
                    {
                        Add(choices, [.. choice.Concat(other).Distinct().OrderBy(static l => l.ToString(), StringComparer.Ordinal)]);
                    }
                }

                break;
        }

        return choices;
    }

    private static void Add(Dictionary<string, IReadOnlyList<SpdxLicense>> choices, IReadOnlyList<SpdxLicense> choice)
    {
        choices.TryAdd(Join(choice), choice);
        if (choices.Count > MaxChoices)
        {
            throw new FormatException($"license expression: more than {MaxChoices} choices");
        }
    }
}
