using ModelPack.Models.Tokenizers.Patterns;

namespace ModelPack.Models.Tokenizers.Encoders;

/// <summary>Cuts a piece where a pattern matches.</summary>
/// <remarks>Source of the behaviors: NormalizedString.split in Hugging Face's tokenizers. Empty pieces are dropped, as there.</remarks>
internal sealed class SplitStep(Pattern pattern, SplitBehavior behavior, bool inverted, PieceStep next) : PieceStep
{
    public override void Take(string text, int start, int end, EncodingRun run)
    {
        long steps = Pattern.StepsFor(end - start);
        Held held = new(start);
        int from = start;
        int at = start;
        while ((at = pattern.NextStart(text, at, end)) < end)
        {
            int stop = pattern.Match(text, start, end, at, run.Matching, ref steps);
            if (stop > at)
            {
                Give(text, from, at, inverted, ref held, run);
                Give(text, at, stop, !inverted, ref held, run);
                from = at = stop;
                continue;
            }

            if (stop == at)
            {
                // An empty match only cuts.
                Give(text, from, at, inverted, ref held, run);
                from = at;
            }

            at += at + 1 < end && char.IsSurrogatePair(text[at], text[at + 1]) ? 2 : 1;
        }

        Give(text, from, end, inverted, ref held, run);
        if (held.Start < held.End)
        {
            next.Take(text, held.Start, held.End, run);
        }
    }

    private void Give(string text, int start, int end, bool matches, ref Held held, EncodingRun run)
    {
        if (start == end)
        {
            return;
        }

        if (behavior == SplitBehavior.Isolated)
        {
            next.Take(text, start, end, run);
            return;
        }

        if (behavior == SplitBehavior.Removed)
        {
            if (!matches)
            {
                next.Take(text, start, end, run);
            }

            return;
        }

        bool joins = held.Start < held.End && behavior switch
        {
            SplitBehavior.MergedWithPrevious => matches && !held.Matches,
            SplitBehavior.MergedWithNext => !matches && held.Matches,
            _ => matches == held.Matches,
        };
        if (!joins && held.Start < held.End)
        {
            // The next step may hold pieces of its own; what this one holds is handed on first.
            (int heldStart, int heldEnd) = (held.Start, held.End);
            next.Take(text, heldStart, heldEnd, run);
        }

        held = new Held(joins ? held.Start : start) { End = end, Matches = matches };
    }

    /// <summary>A piece that the next one may still be joined to.</summary>
    private struct Held(int start)
    {
        public int Start = start;
        public int End = start;
        public bool Matches;
    }
}
