using System.Text;

namespace ModelPack.Models.Tokenizers.Encoders;

/// <summary>Checks that a sentencepiece model leaves text as it is, as those of Llama and Mistral do.</summary>
/// <remarks>Source: sentencepiece_model.proto (ModelProto: 3 normalizer_spec; NormalizerSpec: 1 name, 2 precompiled_charsmap, 4 remove_extra_whitespaces).</remarks>
internal static class PieceNormalizer
{
    private const int NormalizerSpec = 3;

    /// <summary>Checks the file.</summary>
    /// <exception cref="UnsupportedModelException">It rewrites text, which is not known here.</exception>
    public static void Check(ReadOnlySpan<byte> model)
    {
        ProtobufReader file = new(SentencePieceModel.FileName, model);
        while (file.Next())
        {
            if (file.Field != NormalizerSpec)
            {
                continue;
            }

            string name = "";
            bool rewrites = false;
            ProtobufReader spec = file.Message();
            while (spec.Next())
            {
                name = spec.Field == 1 ? Encoding.UTF8.GetString(spec.Bytes) : name;
                rewrites |= (spec.Field == 2 && spec.Bytes.Length > 0) || (spec.Field == 4 && spec.WireType == 0 && spec.Number != 0);
            }

            if (rewrites)
            {
                throw EncoderFaults.Unsupported(
                    SentencePieceModel.FileName, "normalizer_spec", $"the normalizer {TokenizerFaults.Quote(name)} with rules of its own");
            }
        }
    }
}
