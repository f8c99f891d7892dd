namespace ModelPack.Models.Tokenizers.Encoders;

/// <summary>One step on a text's way to words: cuts a piece, or rewrites it, and hands what comes out to the next step at once.</summary>
internal abstract class PieceStep
{
    /// <summary>Takes a piece of a text.</summary>
    /// <param name="text">Text that holds the piece; well-formed UTF-16.</param>
    /// <param name="start">Where the piece starts.</param>
    /// <param name="end">Where it ends.</param>
    /// <param name="run">The caller's memory.</param>
    public abstract void Take(string text, int start, int end, EncodingRun run);
}
