using ModelPack.Models.Cards;
using ModelPack.Models.Checkpoints;
using ModelPack.Models.Conversion;
using ModelPack.Models.Gguf;
using ModelPack.Models.Tokenizers;
using ModelPack.Quantize.Mixtures;
using ModelPack.Quantize.Plans;
using ModelPack.Quantize.Streaming;

namespace ModelPack.Tests.EndToEnd;

/// <summary>The whole way from a folder to a file, as the tool goes it.</summary>
internal static class RealFiles
{
    private static readonly StreamingOptions OneThread = new() { Threads = 1, Overwrite = true };

    /// <summary>Converts a checkpoint folder.</summary>
    /// <param name="folder">Checkpoint folder.</param>
    /// <param name="output">File to write.</param>
    /// <param name="type">f32, f16, bf16; null for the checkpoint's own.</param>
    public static async Task ConvertAsync(string folder, string output, QuantPreset? type)
    {
        using Checkpoint checkpoint = Checkpoint.Open(folder);
        Vocabulary vocabulary = VocabularyReader.Read(folder, checkpoint.Config.Integer("vocab_size"), new());
        GgufModel model = GgufConversion.Create(checkpoint, vocabulary, ModelCardReader.ReadFolder(folder));
        await StreamingQuantizer.RunAsync(QuantizationPlan.ForConvert(model, output, type), OneThread);
    }

    /// <summary>Quantizes an unquantized GGUF file.</summary>
    public static async Task QuantizeAsync(string input, string output, QuantizeOptions options)
    {
        using GgufFile file = GgufFile.Open(input);
        await StreamingQuantizer.RunAsync(QuantizationPlan.ForQuantize(GgufSource.Create(file), output, options), OneThread);
    }
}
