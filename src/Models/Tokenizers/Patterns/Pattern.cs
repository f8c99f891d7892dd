namespace ModelPack.Models.Tokenizers.Patterns;

/// <summary>
/// A regular expression over code points (.NET's own works on UTF-16 units, where \p{L} misses letters beyond U+FFFF).
/// Immutable and safe from many threads; each brings its own <see cref="PatternRun"/>.
/// </summary>
internal sealed class Pattern
{
    private const long StepsPerCharacter = 400;

    private const long FirstSteps = 100_000;

    private readonly string _place;
    private readonly string _pattern;
    private readonly PatternStep[] _steps;

    private readonly RuneSet? _first;

    private Pattern(string place, string pattern, PatternNode node)
    {
        (_place, _pattern) = (place, pattern);
        _steps = PatternCompiler.Compile(place, pattern, node);
        _first = node.CanBeEmpty || node.First is not { } first ? null : new RuneSet(first);
    }

    /// <summary>Reads a pattern.</summary>
    /// <inheritdoc cref="PatternParser.Parse"/>
    public static Pattern Parse(string place, string text, bool foldsLongS = true) =>
        new(place, text, PatternParser.Parse(place, text, foldsLongS));

    /// <summary>A pattern that matches a text as it is.</summary>
    public static Pattern Literal(string place, string text)
    {
        SequenceNode node = new([.. text.EnumerateRunes().Select(static r => new RuneNode(new RangeClass(r.Value, r.Value)))]);
        return new(place, text, node);
    }

    /// <summary>The steps that matching may take in all on a text.</summary>
    public static long StepsFor(int length) => FirstSteps + (StepsPerCharacter * length);

    /// <summary>The next place, at or after one, where a match may start; the end when there is none.</summary>
    public int NextStart(string text, int at, int end)
    {
        while (_first is not null && at < end && _first.Match(text, at, end) == 0)
        {
            at += at + 1 < end && char.IsSurrogatePair(text[at], text[at + 1]) ? 2 : 1;
        }

        return at;
    }

    /// <summary>Matches at one place.</summary>
    /// <param name="text">The text.</param>
    /// <param name="start">Where the text starts for the pattern.</param>
    /// <param name="end">Where it ends.</param>
    /// <param name="at">Where the match must start.</param>
    /// <param name="run">The caller's memory.</param>
    /// <param name="steps">Steps that are left, see <see cref="StepsFor"/>.</param>
    /// <returns>Where the match ends; -1 when there is none.</returns>
    /// <exception cref="InvalidCheckpointException">Too many steps: the pattern backtracks without end.</exception>
    public int Match(string text, int start, int end, int at, PatternRun run, ref long steps) =>
        Match(text, start, end, at, 0, run, ref steps);

    private int Match(string text, int start, int end, int at, int step, PatternRun run, ref long left)
    {
        int bottom = run.Count;
        PatternStep[] steps = _steps;
        while (true)
        {
            if (--left < 0)
            {
                run.Count = 0;
                throw PatternFaults.TooSlow(_place, _pattern);
            }

            ref readonly PatternStep current = ref steps[step];
            bool fails = false;
            switch (current.Kind)
            {
                case PatternStepKind.Accept:
                    run.Count = bottom;
                    return at;
                case PatternStepKind.One:
                    int width = at < end ? current.Set!.Match(text, at, end) : 0;
                    fails = width == 0;
                    at += width;
                    step++;
                    break;
                case PatternStepKind.Repeat:
                    at = Repeat(current, text, at, end, step, run, ref left);
                    fails = at < 0;
                    step++;
                    break;
                case PatternStepKind.Fork:
                    if (current.Set is { } first && (at == end || first.Match(text, at, end) == 0))
                    {
                        step = current.Target;
                        break;
                    }

                    run.Push(current.Target, at, -1);
                    step++;
                    break;
                case PatternStepKind.Jump:
                    step = current.Target;
                    break;
                case PatternStepKind.Look:
                    fails = Match(text, start, end, at, step + 1, run, ref left) >= 0 == current.Flag;
                    step = current.Target;
                    break;
                case PatternStepKind.Atomic:
                    at = Match(text, start, end, at, step + 1, run, ref left);
                    fails = at < 0;
                    step = current.Target;
                    break;
                default:
                    fails = !IsAt(current.Place, text, start, end, at);
                    step++;
                    break;
            }

            if (fails)
            {
                if (run.Count == bottom)
                {
                    return -1;
                }

                Back(text, run, out step, out at);
            }
        }
    }

    private static int Repeat(in PatternStep step, string text, int at, int end, int index, PatternRun run, ref long left)
    {
        RuneSet set = step.Set!;
        int from = at;
        int low = step.Min == 0 ? at : -1;
        int count = 0;
        while (count < step.Max && at < end && set.Match(text, at, end) is > 0 and int width)
        {
            at += width;
            if (++count == step.Min)
            {
                low = at;
            }
        }

        left -= at - from;
        if (count < step.Min)
        {
            return -1;
        }

        if (at > low && !step.Flag)
        {
            run.Push(index + 1, at, low);
        }

        return at;
    }

    private static void Back(string text, PatternRun run, out int step, out int at)
    {
        ref PatternRun.Frame frame = ref run.Top;
        (step, at) = (frame.Step, frame.At);
        if (frame.Low >= 0)
        {
            at -= at - 2 >= frame.Low && char.IsLowSurrogate(text[at - 1]) && char.IsHighSurrogate(text[at - 2]) ? 2 : 1;
            frame.At = at;
        }

        if (frame.Low < 0 || at == frame.Low)
        {
            run.Count--;
        }
    }

    private static bool IsAt(PatternPlace place, string text, int start, int end, int at) => place switch
    {
        PatternPlace.TextStart => at == start,
        PatternPlace.TextEnd => at == end,
        PatternPlace.LineStart => at == start || text[at - 1] == '\n',
        PatternPlace.LineEnd => at == end || text[at] == '\n',
        PatternPlace.WordEdge => IsWordEdge(text, start, end, at),
        _ => !IsWordEdge(text, start, end, at),
    };

    private static bool IsWordEdge(string text, int start, int end, int at)
    {
        int before = at - 2 >= start && char.IsSurrogatePair(text[at - 2], text[at - 1]) ? at - 2 : at - 1;
        return (at > start && IsWord(text, before, end)) != (at < end && IsWord(text, at, end));
    }

    private static bool IsWord(string text, int at, int end) =>
        RuneClass.Word.Contains(
            at + 1 < end && char.IsSurrogatePair(text[at], text[at + 1]) ? char.ConvertToUtf32(text[at], text[at + 1]) : text[at]);
}
