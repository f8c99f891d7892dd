using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ModelPack.Models.Gguf;
using ModelPack.Quantize.Importance;
using ModelPack.Quantize.Plans;

namespace ModelPack.Quantize.Streaming;

/// <summary>What must be the same for a run to be continued, as named texts, so that a difference can be named.</summary>
internal static class PlanFingerprint
{
    /// <summary>Names and values, in a fixed order.</summary>
    /// <exception cref="IOException">A source file cannot be looked at.</exception>
    public static IReadOnlyList<(string Name, string Value)> Of(QuantizationPlan plan)
    {
        List<(string, string)> parts =
        [
            ("slicing", SliceGrid.Version.ToString(CultureInfo.InvariantCulture)),
            ("preset", plan.Preset.Name),
            ("types and layout", HashTensors(plan)),
            ("metadata", HashHeaders(plan)),
            ("importance matrix", HashImportance(plan.Tensors)),
        ];
        return [.. parts, .. Sources(plan.Model.Sources)];
    }

    /// <summary>Sizes and times of files that are read.</summary>
    /// <exception cref="IOException">One of them cannot be looked at.</exception>
    public static IReadOnlyList<(string Name, string Value)> Sources(IEnumerable<string> files)
    {
        List<(string, string)> parts = [];
        foreach (string source in files)
        {
            // Hub caches are made of links, whose own size and time say nothing of the file.
            FileInfo link = new(source);
            FileInfo file = link.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? link;
            parts.Add(($"source {Path.GetFileName(source)}", string.Create(
                CultureInfo.InvariantCulture, $"{file.Length} bytes, {file.LastWriteTimeUtc:O}")));
        }

        return parts;
    }

    private static string HashTensors(QuantizationPlan plan)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (PlannedTensor tensor in plan.Tensors)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(string.Create(
                CultureInfo.InvariantCulture,
                $"{tensor.Name} {string.Join('x', tensor.Shape)} {tensor.Type} {tensor.Part} {tensor.Offset} {tensor.Weights.RowGranularity} ")));
            hash.AppendData(Encoding.UTF8.GetBytes(string.Join('\t', tensor.Sources) + "\n"));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static string HashHeaders(QuantizationPlan plan)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (GgufSplitPart part in plan.Parts)
        {
            using MemoryStream header = new();
            part.Layout.WriteHeader(header);
            hash.AppendData(header.GetBuffer(), 0, (int)header.Length);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>SHA-256 of all importances; "none" when there is none.</summary>
    /// <param name="tensors">In order.</param>
    public static string HashImportance(IReadOnlyList<IStreamedTensor> tensors)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        float[] values = new float[4096];
        byte[] bytes = new byte[sizeof(float) * values.Length];
        foreach (ImportanceValues importance in tensors.Select(static t => t.Importance).OfType<ImportanceValues>())
        {
            for (long first = 0; first < importance.Count; first += values.Length)
            {
                int length = (int)Math.Min(values.Length, importance.Count - first);
                importance.Read(first, values.AsSpan(0, length));
                for (int i = 0; i < length; i++)
                {
                    BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), values[i]);
                }

                hash.AppendData(bytes, 0, length * sizeof(float));
            }
        }

        return tensors.All(static t => t.Importance is null) ? "none" : Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
