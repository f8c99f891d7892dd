namespace ModelPack.Models.Tokenizers.Encoders;

/// <summary>Puts a space before a piece that does not start with one: ByteLevel's add_prefix_space.</summary>
internal sealed class PrefixSpaceStep(PieceStep next) : PieceStep
{
    public override void Take(string text, int start, int end, EncodingRun run)
    {
        if (start < end && text[start] != ' ')
        {
            text = string.Concat(" ", text.AsSpan(start, end - start));
            (start, end) = (0, text.Length);
        }

        next.Take(text, start, end, run);
    }
}
