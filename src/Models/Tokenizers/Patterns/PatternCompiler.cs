namespace ModelPack.Models.Tokenizers.Patterns;

/// <summary>Turns a parsed pattern into instructions.</summary>
internal sealed class PatternCompiler
{
    private const int MaxSteps = 20_000;

    private readonly string _place;
    private readonly string _pattern;
    private readonly List<PatternStep> _steps = [];
    private readonly Dictionary<RuneClass, RuneSet> _sets = new(ReferenceEqualityComparer.Instance);

    private PatternCompiler(string place, string pattern) => (_place, _pattern) = (place, pattern);

    /// <summary>Compiles a pattern.</summary>
    /// <exception cref="UnsupportedModelException">It is too large.</exception>
    public static PatternStep[] Compile(string place, string pattern, PatternNode node)
    {
        PatternCompiler compiler = new(place, pattern);
        compiler.Write(node);
        compiler.Add(new PatternStep(PatternStepKind.Accept));
        return [.. compiler._steps];
    }

    private void Write(PatternNode node)
    {
        switch (node)
        {
            case RuneNode rune:
                Add(new PatternStep(PatternStepKind.One, SetOf(rune.Runes)));
                break;
            case SequenceNode sequence:
                foreach (PatternNode part in sequence.Parts)
                {
                    Write(part);
                }

                break;
            case ChoiceNode choice:
                Write(choice);
                break;
            case LoopNode loop:
                Write(loop);
                break;
            case LookNode look:
                Enclose(PatternStepKind.Look, look.Negative, () => Write(look.Body));
                break;
            case PlaceNode place:
                Add(new PatternStep(PatternStepKind.Place, Place: place.Place));
                break;
        }
    }

    private void Write(ChoiceNode choice)
    {
        List<int> exits = [];
        for (int i = 0; i < choice.Choices.Count - 1; i++)
        {
            int fork = Add(default);
            Write(choice.Choices[i]);
            exits.Add(Add(default));
            _steps[fork] = Fork(choice.Choices[i], _steps.Count);
        }

        Write(choice.Choices[^1]);
        foreach (int exit in exits)
        {
            _steps[exit] = new PatternStep(PatternStepKind.Jump, Target: _steps.Count);
        }
    }

    private void Write(LoopNode loop)
    {
        if (Single(loop.Body) is { } runes && !loop.Lazy)
        {
            Add(new PatternStep(PatternStepKind.Repeat, SetOf(runes), Min: loop.Min, Max: loop.Max, Flag: loop.Possessive));
        }
        else if (loop.Possessive)
        {
            Enclose(PatternStepKind.Atomic, flag: false, () => WriteTurns(loop));
        }
        else
        {
            WriteTurns(loop);
        }
    }

    private void WriteTurns(LoopNode loop)
    {
        for (int i = 0; i < loop.Min; i++)
        {
            Write(loop.Body);
        }

        if (loop.Max == int.MaxValue)
        {
            int start = _steps.Count;
            int fork = loop.Lazy ? AddLazyFork() : Add(default);
            Write(loop.Body);
            Add(new PatternStep(PatternStepKind.Jump, Target: start));
            _steps[fork] = Leave(loop);
            return;
        }

        List<int> forks = [];
        for (int i = loop.Min; i < loop.Max; i++)
        {
            forks.Add(loop.Lazy ? AddLazyFork() : Add(default));
            Write(loop.Body);
        }

        foreach (int fork in forks)
        {
            _steps[fork] = Leave(loop);
        }
    }

    /// <summary>The instruction that leaves a loop for the place where the next one will be written.</summary>
    private PatternStep Leave(LoopNode loop) =>
        loop.Lazy ? new PatternStep(PatternStepKind.Jump, Target: _steps.Count) : Fork(loop.Body, _steps.Count);

    /// <summary>A fork that would rather leave: to the body if leaving fails. Gives the place of the jump that leaves.</summary>
    private int AddLazyFork()
    {
        Add(new PatternStep(PatternStepKind.Fork, Target: _steps.Count + 2));
        return Add(default);
    }

    private void Enclose(PatternStepKind kind, bool flag, Action body)
    {
        int start = Add(default);
        body();
        Add(new PatternStep(PatternStepKind.Accept));
        _steps[start] = new PatternStep(kind, Target: _steps.Count, Flag: flag);
    }

    private PatternStep Fork(PatternNode preferred, int other) =>
        new(PatternStepKind.Fork, preferred.CanBeEmpty || preferred.First is not { } first ? null : SetOf(first), other);

    private static RuneClass? Single(PatternNode node) => node switch
    {
        RuneNode rune => rune.Runes,
        SequenceNode { Parts: [var only] } => Single(only),
        ChoiceNode choice when choice.Choices.All(static c => Single(c) is not null) =>
            new UnionClass([.. choice.Choices.Select(static c => Single(c)!)]),
        _ => null,
    };

    private RuneSet SetOf(RuneClass runes)
    {
        if (!_sets.TryGetValue(runes, out RuneSet? set))
        {
            set = new RuneSet(runes);
            _sets.Add(runes, set);
        }

        return set;
    }

    private int Add(PatternStep step)
    {
        if (_steps.Count == MaxSteps)
        {
            throw PatternFaults.Unsupported(_place, _pattern, _pattern.Length, $"more than {MaxSteps} steps");
        }

        _steps.Add(step);
        return _steps.Count - 1;
    }
}
