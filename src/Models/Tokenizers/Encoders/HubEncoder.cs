namespace ModelPack.Models.Tokenizers.Encoders;

/// <summary>Encodes as tokenizer.json says: added tokens, normalizer, added tokens again, pre-tokenizer, model.</summary>
/// <remarks>Source: AddedVocabulary.extract_and_normalize and TokenizerImpl.encode in Hugging Face's tokenizers.</remarks>
internal sealed class HubEncoder : EncoderCore
{
    private readonly HubNormalizer _normalizer;
    private readonly PieceStep _steps;
    private readonly (HubTokenFinder Raw, HubTokenFinder Normalized) _all;
    private readonly (HubTokenFinder Raw, HubTokenFinder Normalized) _plain;

    public HubEncoder(IReadOnlyList<HubToken> tokens, HubNormalizer normalizer, PieceStep steps)
    {
        (_normalizer, _steps) = (normalizer, steps);
        _all = Finders(tokens);
        _plain = Finders([.. tokens.Where(static t => !t.Special)]);
    }

    public override void Encode(string text, bool parseSpecial, EncodingRun run)
    {
        (HubTokenFinder raw, HubTokenFinder normalized) = parseSpecial ? _all : _plain;
        raw.Cut(text, Stretch, run.Ids.Add);

        void Stretch(int start, int end)
        {
            string stretch = _normalizer.Apply(start == 0 && end == text.Length ? text : text[start..end]);
            normalized.Cut(stretch, (from, to) => _steps.Take(stretch, from, to, run), run.Ids.Add);
        }
    }

    private (HubTokenFinder Raw, HubTokenFinder Normalized) Finders(IReadOnlyList<HubToken> tokens) =>
        (new HubTokenFinder([.. tokens.Where(static t => !t.Normalized)], static text => text),
         new HubTokenFinder([.. tokens.Where(static t => t.Normalized)], _normalizer.Apply));
}
