using System.Text;

namespace ModelPack.Models.Tokenizers.Encoders;

/// <summary>Spells a piece's bytes in GPT-2's alphabet where more steps follow; else words are spelled as they are looked up.</summary>
internal sealed class SpellStep(PieceStep next) : PieceStep
{
    public override void Take(string text, int start, int end, EncodingRun run)
    {
        string spelled = ByteAlphabet.Spell(Encoding.UTF8.GetBytes(text, start, end - start));
        next.Take(spelled, 0, spelled.Length, run);
    }
}
