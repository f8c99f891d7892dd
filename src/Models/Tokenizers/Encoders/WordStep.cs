namespace ModelPack.Models.Tokenizers.Encoders;

/// <summary>The last step: a piece is a word for the model.</summary>
internal sealed class WordStep(BytePairModel model) : PieceStep
{
    public override void Take(string text, int start, int end, EncodingRun run) => model.Encode(text.AsSpan(start, end - start), run);
}
