using System.Text;
using ModelPack.Models.Gguf;
using ModelPack.Quantize.Calibration;
using ModelPack.Quantize.Importance;

namespace ModelPack.Quantize.Plans;

/// <summary>The metadata of an output file: the model's keys, then what was done to the weights.</summary>
/// <remarks>
/// llama_model_quantize copies all keys, then sets these; a key that is set anew moves to the end. Same keys in the same
/// order, so that the whole file can equal its output. Source: llama.cpp v0.5.0, src/llama-quant.cpp and
/// tools/quantize/quantize.cpp (whose texts end after 127 bytes).
/// </remarks>
internal static class PlanMetadata
{
    private const uint QuantizationVersion = 2;
    private const int MaxTextBytes = 127;

    /// <param name="model">The model's own keys; not changed.</param>
    /// <param name="fileType">llama_ftype.</param>
    /// <param name="importance">The importance matrix that is used; null for none.</param>
    /// <param name="importanceFile">Its file.</param>
    /// <param name="calibration">The calibration of the output's codes; llama.cpp has no keys for it, so these are our own.</param>
    public static GgufMetadata Create(
        GgufMetadata model, int fileType, ImportanceMatrix? importance, string? importanceFile, CalibrationRecord? calibration = null)
    {
        GgufMetadata keys = model.Copy();
        Append(keys, "general.quantization_version", GgufValue.Of(QuantizationVersion));
        Append(keys, "general.file_type", GgufValue.Of((uint)fileType));
        if (calibration is not null)
        {
            Append(keys, "quantize.method", GgufValue.Of(calibration.Method));
            Append(keys, "quantize.calibration.dataset", GgufValue.Of(Cut(calibration.Dataset)));
            Append(keys, "quantize.calibration.sha256", GgufValue.Of(calibration.Sha256));
            Append(keys, "quantize.calibration.tokens", GgufValue.Of((ulong)calibration.Tokens));
            Append(keys, "quantize.calibration.context", GgufValue.Of((uint)calibration.Context));
        }

        // Values that were measured in the same run are no file of llama.cpp's.
        if (importance is null || calibration is not null)
        {
            return keys;
        }

        Append(keys, "quantize.imatrix.file", GgufValue.Of(Cut(importanceFile ?? "")));
        if (importance.Datasets.Count > 0)
        {
            Append(keys, "quantize.imatrix.dataset", GgufValue.Of(Cut(importance.Datasets[0])));
        }

        Append(keys, "quantize.imatrix.entries_count", GgufValue.Of((uint)importance.EntryCount));
        if (importance.ChunkCount > 0)
        {
            Append(keys, "quantize.imatrix.chunks_count", GgufValue.Of((uint)importance.ChunkCount));
        }

        return keys;
    }

    private static void Append(GgufMetadata keys, string key, GgufValue value)
    {
        keys.Remove(key);
        keys.Add(key, value);
    }

    private static string Cut(string text)
    {
        int bytes = 0;
        StringBuilder kept = new();
        foreach (Rune rune in text.EnumerateRunes())
        {
            bytes += rune.Utf8SequenceLength;
            if (bytes > MaxTextBytes)
            {
                break;
            }

            kept.Append(rune);
        }

        return kept.ToString();
    }
}
