namespace ModelPack.Models.Tokenizers.Patterns;

/// <summary>A parsed pattern.</summary>
internal abstract record PatternNode
{
    /// <summary>Whether it can match nothing at all.</summary>
    public abstract bool CanBeEmpty { get; }

    /// <summary>What its first code point must be in; null when anything may stand there.</summary>
    public abstract RuneClass? First { get; }
}

/// <summary>One code point of a set.</summary>
internal sealed record RuneNode(RuneClass Runes) : PatternNode
{
    public override bool CanBeEmpty => false;

    public override RuneClass? First => Runes;
}

/// <summary>One after another.</summary>
internal sealed record SequenceNode(IReadOnlyList<PatternNode> Parts) : PatternNode
{
    public override bool CanBeEmpty => Parts.All(static p => p.CanBeEmpty);

    public override RuneClass? First
    {
        get
        {
            List<RuneClass> starts = [];
            foreach (PatternNode part in Parts)
            {
                if (part is LookNode or PlaceNode)
                {
                    continue;
                }

                if ((part is LoopNode { Min: 0 } loop ? loop.Body.First : part.First) is not { } first)
                {
                    return null;
                }

                starts.Add(first);
                if (!part.CanBeEmpty)
                {
                    return starts.Count == 1 ? starts[0] : new UnionClass(starts);
                }
            }

            return null;
        }
    }
}

/// <summary>The first of several that lets the rest match.</summary>
internal sealed record ChoiceNode(IReadOnlyList<PatternNode> Choices) : PatternNode
{
    public override bool CanBeEmpty => Choices.Any(static c => c.CanBeEmpty);

    public override RuneClass? First
    {
        get
        {
            RuneClass?[] starts = [.. Choices.Select(static c => c.First)];
            return starts.Contains(null) ? null : new UnionClass([.. starts.OfType<RuneClass>()]);
        }
    }
}

/// <summary>Again and again; Max is int.MaxValue for no end.</summary>
internal sealed record LoopNode(PatternNode Body, int Min, int Max, bool Lazy, bool Possessive) : PatternNode
{
    public override bool CanBeEmpty => Min == 0 || Body.CanBeEmpty;

    public override RuneClass? First => CanBeEmpty ? null : Body.First;
}

/// <summary>What follows must match, or must not; nothing is taken.</summary>
internal sealed record LookNode(PatternNode Body, bool Negative) : PatternNode
{
    public override bool CanBeEmpty => true;

    public override RuneClass? First => null;
}

/// <summary>Nothing, at a special place of the text.</summary>
internal sealed record PlaceNode(PatternPlace Place) : PatternNode
{
    public override bool CanBeEmpty => true;

    public override RuneClass? First => null;
}
