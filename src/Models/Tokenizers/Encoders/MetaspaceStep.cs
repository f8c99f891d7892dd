namespace ModelPack.Models.Tokenizers.Encoders;

/// <summary>Spells spaces as sentencepiece does, puts one before the text, and cuts before each.</summary>
/// <param name="spelling">What stands for a space: "▁".</param>
/// <param name="prefixes">Whether a piece that does not start with it gets one.</param>
/// <param name="splits">Whether pieces are cut before each.</param>
/// <param name="next">The next step.</param>
internal sealed class MetaspaceStep(char spelling, bool prefixes, bool splits, PieceStep next) : PieceStep
{
    public override void Take(string text, int start, int end, EncodingRun run)
    {
        string piece = text[start..end].Replace(' ', spelling);
        piece = prefixes && !piece.StartsWith(spelling) ? spelling + piece : piece;
        int from = 0;
        for (int at = 1; splits && at < piece.Length; at++)
        {
            if (piece[at] == spelling)
            {
                next.Take(piece, from, at, run);
                from = at;
            }
        }

        next.Take(piece, from, piece.Length, run);
    }
}
