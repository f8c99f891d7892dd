using System.Runtime.InteropServices;
using ModelPack.Models.Gguf;

namespace ModelPack.Quantize.Importance;

/// <summary>Writes an importance matrix as llama-imatrix does: a GGUF file with NAME.in_sum2 and NAME.counts for each weight.</summary>
/// <remarks>
/// Source: llama.cpp 34af94cd9, tools/imatrix, save_imatrix: entries in ordinal order of their names, those of nothing left out, sums as
/// [columns, experts] and counts as [1, experts], all F32. The file appears under its name when it is complete.
/// </remarks>
public static class ImportanceWriter
{
    /// <summary>Writes the file; one of that name is replaced.</summary>
    /// <param name="path">Ends in ".gguf" by custom.</param>
    /// <param name="entries">In any order.</param>
    /// <param name="datasets">Names of the texts that were calibrated on.</param>
    /// <param name="chunkCount">Windows of text.</param>
    /// <param name="chunkSize">Tokens of a window.</param>
    /// <exception cref="Models.ModelPackException">No entry has data, or the file cannot be written.</exception>
    public static void Write(
        string path, IReadOnlyList<ImportanceSums> entries, IReadOnlyList<string> datasets, int chunkCount, int chunkSize)
    {
        ImportanceSums[] written = [.. entries.Where(static e => e.HasData).OrderBy(static e => e.Name, StringComparer.Ordinal)];
        if (written.Length == 0)
        {
            throw ImportanceFaults.NoEntries(path);
        }

        GgufMetadata metadata = new()
        {
            { "general.type", GgufValue.Of("imatrix") },
            { "imatrix.datasets", GgufValue.OfArray<string>([.. datasets]) },
            { "imatrix.chunk_count", GgufValue.Of(checked((uint)chunkCount)) },
            { "imatrix.chunk_size", GgufValue.Of(checked((uint)chunkSize)) },
        };
        GgufLayout layout = GgufLayout.Create(metadata, [.. written.SelectMany(Tensors)]);
        string partial = path + ".partial";
        try
        {
            using (FileStream file = File.Create(partial))
            {
                layout.WriteHeader(file);
                foreach (ImportanceSums entry in written)
                {
                    WriteSums(file, entry);
                    Pad(file, layout);
                    file.Write(MemoryMarshal.AsBytes<float>(Array.ConvertAll([.. entry.Counts], static c => (float)c)));
                    Pad(file, layout);
                }
            }

            File.Move(partial, path, overwrite: true);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw ImportanceFaults.CannotWrite(path, cause);
        }
    }

    private static IEnumerable<(string Name, GgmlType Type, IReadOnlyList<long> Shape)> Tensors(ImportanceSums entry)
    {
        long experts = entry.Counts.Count;
        long sums = checked((long)entry.Columns * entry.Sums.Count);
        yield return (entry.Name + ".in_sum2", GgmlType.F32, experts == 1 ? [sums] : [sums / experts, experts]);
        yield return (entry.Name + ".counts", GgmlType.F32, experts == 1 ? [1] : [1, experts]);
    }

    private static void WriteSums(FileStream file, ImportanceSums entry)
    {
        byte[] zeros = new byte[entry.Columns * sizeof(float)];
        foreach (ReadOnlyMemory<float> sums in entry.Sums)
        {
            file.Write(sums.IsEmpty ? zeros : MemoryMarshal.AsBytes(sums.Span));
        }
    }

    private static void Pad(FileStream file, GgufLayout layout)
    {
        long over = (file.Position - layout.DataOffset) % layout.Alignment;
        file.Write(new byte[over == 0 ? 0 : layout.Alignment - over]);
    }
}
