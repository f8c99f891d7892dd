using System.Text;

namespace ModelPack.Models.Tokenizers;

/// <summary>tokenizer.model, sentencepiece's own file: pieces with score and kind.</summary>
/// <remarks>Source: sentencepiece_model.proto (ModelProto: 1 pieces, 2 trainer_spec; SentencePiece: 1 piece, 2 score, 3 type).</remarks>
internal static class SentencePieceModel
{
    public const string FileName = "tokenizer.model";

    private const long MaxBytes = 256 << 20;

    private const int Pieces = 1;

    private const int TrainerSpec = 2;

    private const int ModelType = 3;

    private const ulong BpeType = 2;

    private static readonly UTF8Encoding Utf8 = new(false, throwOnInvalidBytes: true);

    /// <summary>The bytes of the file; null when there is none or it holds tiktoken's ranks (Llama 3 names those the same).</summary>
    public static byte[]? TryOpen(string folder)
    {
        byte[]? bytes = TokenizerFile.TryRead(folder, FileName, MaxBytes);
        return bytes is null || TiktokenVocabulary.Recognizes(bytes) ? null : bytes;
    }

    /// <summary>Reads the pieces, by id.</summary>
    /// <exception cref="InvalidCheckpointException">Broken or cut.</exception>
    /// <exception cref="UnsupportedModelException">The model is no BPE.</exception>
    public static List<VocabularyToken> Read(ReadOnlySpan<byte> bytes)
    {
        List<VocabularyToken> pieces = [];
        ulong type = 1;
        ProtobufReader model = new(FileName, bytes);
        while (model.Next())
        {
            if (model.Field == Pieces)
            {
                if (pieces.Count == VocabularyReader.MaxTokens)
                {
                    throw TokenizerFaults.TooManyTokens(FileName, pieces.Count + 1L, VocabularyReader.MaxTokens);
                }

                pieces.Add(Piece(model.Message()));
            }
            else if (model.Field == TrainerSpec)
            {
                ProtobufReader trainer = model.Message();
                while (trainer.Next())
                {
                    type = trainer is { Field: ModelType, WireType: 0 } ? trainer.Number : type;
                }
            }
        }

        if (pieces.Count == 0)
        {
            throw model.Fault("no pieces");
        }

        return type == BpeType ? pieces : throw TokenizerFaults.SentencePieceType(FileName, NameOf(type));
    }

    private static VocabularyToken Piece(ProtobufReader piece)
    {
        string text = "";
        float score = 0;
        ulong kind = (ulong)TokenKind.Normal;
        while (piece.Next())
        {
            switch (piece.Field)
            {
                case 1:
                    text = Text(piece);
                    break;
                case 2:
                    score = piece.Single;
                    break;
                case 3:
                    kind = piece.Number;
                    break;
            }
        }

        return kind is >= 1 and <= 6
            ? new VocabularyToken(text, score, (TokenKind)kind)
            : throw piece.Fault($"piece type {kind}");
    }

    private static string Text(ProtobufReader piece)
    {
        try
        {
            return piece.WireType == 2 ? Utf8.GetString(piece.Bytes) : throw piece.Fault("a piece that is no text");
        }
        catch (DecoderFallbackException)
        {
            throw piece.Fault("a piece that is not valid UTF-8");
        }
    }

    private static string NameOf(ulong type) => type switch
    {
        1 => "Unigram",
        3 => "Word",
        4 => "Char",
        _ => $"{type}",
    };
}
