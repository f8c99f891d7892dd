namespace ModelPack.Licensing.Guards;

/// <summary>A condition over facts, such as <c>commercial and mau > 100_000_000</c>.</summary>
public abstract class Guard
{
    private protected Guard()
    {
    }

    public abstract GuardResult Evaluate(Facts facts);

    /// <summary>The facts that the guard reads, each once, in the order of the text.</summary>
    public IReadOnlyList<string> FactNames => [.. Names().Distinct()];

    private protected abstract IEnumerable<string> Names();

    internal sealed class Not(Guard inner) : Guard
    {
        public override GuardResult Evaluate(Facts facts)
        {
            GuardResult result = inner.Evaluate(facts);
            return result with { Value = Truth.True - (int)result.Value };
        }

        private protected override IEnumerable<string> Names() => inner.Names();
    }

    /// <summary>"and" when <paramref name="decisive"/> is False, "or" when it is True: one such side decides alone.</summary>
    internal sealed class Both(Guard left, Guard right, Truth decisive) : Guard
    {
        public override GuardResult Evaluate(Facts facts)
        {
            GuardResult first = left.Evaluate(facts);
            GuardResult second = right.Evaluate(facts);
            foreach (Truth value in new[] { decisive, Truth.Unknown })
            {
                GuardResult[] sides = [.. new[] { first, second }.Where(side => side.Value == value)];
                if (sides.Length > 0)
                {
                    return new(value, [.. sides.SelectMany(static side => side.Facts).Distinct()]);
                }
            }

            return new(first.Value, [.. first.Facts.Concat(second.Facts).Distinct()]);
        }

        private protected override IEnumerable<string> Names() => left.Names().Concat(right.Names());
    }

    /// <summary>A question to one fact.</summary>
    internal sealed class Test(string name, Func<FactValue, bool> holds) : Guard
    {
        public override GuardResult Evaluate(Facts facts) => facts.Find(name) switch
        {
            null => new(Truth.Unknown, [name]),
            { } value => new(holds(value) ? Truth.True : Truth.False, [name]),
        };

        private protected override IEnumerable<string> Names() => [name];
    }
}
