using System.Globalization;

namespace ModelPack.Models.Tokenizers.Patterns;

/// <summary>A set of Unicode code points, as a pattern describes it.</summary>
internal abstract record RuneClass
{
    /// <summary>\s of Oniguruma and Rust: the property White_Space.</summary>
    public static RuneClass Space { get; } = new SpaceClass();

    /// <summary>\w: letters, marks, decimal digits and connectors such as "_".</summary>
    public static RuneClass Word { get; } = new CategoryClass(
        UnicodeProperties.Letter | UnicodeProperties.Mark | UnicodeProperties.Of(UnicodeCategory.DecimalDigitNumber)
        | UnicodeProperties.Of(UnicodeCategory.ConnectorPunctuation));

    /// <summary>\d.</summary>
    public static RuneClass Digit { get; } = new CategoryClass(UnicodeProperties.Of(UnicodeCategory.DecimalDigitNumber));

    /// <summary>"." matches all but a line feed.</summary>
    public static RuneClass AnyButNewline { get; } = new NotClass(new RangeClass('\n', '\n'));

    /// <summary>Whether a code point is in the set; a lone surrogate counts as one.</summary>
    public abstract bool Contains(int rune);

    /// <summary>Adds the set's part of the basic plane to a row of <see cref="BasicPlane"/>.</summary>
    public abstract void AddTo(Span<ulong> row);

    private sealed record SpaceClass : RuneClass
    {
        public override bool Contains(int rune) => rune <= char.MaxValue && char.IsWhiteSpace((char)rune);

        public override void AddTo(Span<ulong> row) => BasicPlane.AddSpaces(row);
    }
}

/// <summary>Code points from one to another, both included.</summary>
internal sealed record RangeClass(int First, int Last) : RuneClass
{
    public override bool Contains(int rune) => rune >= First && rune <= Last;

    public override void AddTo(Span<ulong> row) => BasicPlane.AddRange(First, Last, row);
}

/// <summary>Code points of some general categories, one bit each.</summary>
internal sealed record CategoryClass(int Categories) : RuneClass
{
    public override bool Contains(int rune) => (Categories >> (int)CharUnicodeInfo.GetUnicodeCategory(rune) & 1) != 0;

    public override void AddTo(Span<ulong> row) => BasicPlane.AddCategories(Categories, row);
}

/// <summary>All that is not in a set.</summary>
internal sealed record NotClass(RuneClass Inner) : RuneClass
{
    public override bool Contains(int rune) => !Inner.Contains(rune);

    public override void AddTo(Span<ulong> row)
    {
        ulong[] inner = new ulong[BasicPlane.Words];
        Inner.AddTo(inner);
        for (int i = 0; i < inner.Length; i++)
        {
            row[i] |= ~inner[i];
        }
    }
}

/// <summary>What is in any of some sets.</summary>
internal sealed record UnionClass(IReadOnlyList<RuneClass> Parts) : RuneClass
{
    public override bool Contains(int rune)
    {
        foreach (RuneClass part in Parts)
        {
            if (part.Contains(rune))
            {
                return true;
            }
        }

        return false;
    }

    public override void AddTo(Span<ulong> row)
    {
        foreach (RuneClass part in Parts)
        {
            part.AddTo(row);
        }
    }
}

/// <summary>What is in both of two sets.</summary>
internal sealed record BothClass(RuneClass First, RuneClass Second) : RuneClass
{
    public override bool Contains(int rune) => First.Contains(rune) && Second.Contains(rune);

    public override void AddTo(Span<ulong> row)
    {
        (ulong[] first, ulong[] second) = (new ulong[BasicPlane.Words], new ulong[BasicPlane.Words]);
        First.AddTo(first);
        Second.AddTo(second);
        for (int i = 0; i < first.Length; i++)
        {
            row[i] |= first[i] & second[i];
        }
    }
}
