namespace ModelPack.Models.Gguf;

/// <summary>Finds and opens all files of a model, given any one of them.</summary>
/// <remarks>
/// A part says that it is one: split.no counts from 0, split.count and split.tensors.count are the same in all parts.
/// </remarks>
internal static class GgufParts
{
    /// <summary>Opens the model's files in order; one that is not split is its only part.</summary>
    /// <exception cref="ModelPackException">A file is broken or missing, or the parts contradict each other.</exception>
    public static IReadOnlyList<GgufPart> Open(string path)
    {
        List<GgufPart> parts = [];
        try
        {
            GgufPart given = GgufPart.Open(path);
            parts.Add(given);
            if (ReadKey(given, GgufFormat.SplitCountKey) is > 1 and int count)
            {
                OpenOthers(parts, given, count);
            }

            return parts;
        }
        catch
        {
            parts.ForEach(static p => p.Dispose());
            throw;
        }
    }

    private static void OpenOthers(List<GgufPart> parts, GgufPart given, int count)
    {
        int number = (ReadKey(given, GgufFormat.SplitNumberKey) ?? 0) + 1;
        GgufPartName expected = new("", number, count);
        GgufPartName? name = GgufPartName.Parse(given.Path);
        if (name is null || name.Number != number || name.Count != count)
        {
            throw GgufFaults.BadPartName(given.FileName, expected.Suffix);
        }

        List<string> paths = [.. Enumerable.Range(1, count).Select(i => (name with { Number = i }).ToString())];
        List<string> missing = [.. paths.Where(static p => !File.Exists(p))];
        if (missing.Count > 0)
        {
            throw GgufFaults.PartsMissing(given.FileName, missing.Count, count, Path.GetFileName(missing[0]));
        }

        for (int i = 1; i <= count; i++)
        {
            if (i != number)
            {
                parts.Insert(i - 1, GgufPart.Open(paths[i - 1]));
            }
        }

        CheckAgreement(parts, ReadKey(given, GgufFormat.SplitTensorsKey));
    }

    private static void CheckAgreement(List<GgufPart> parts, int? tensors)
    {
        HashSet<string> names = [];
        for (int i = 0; i < parts.Count; i++)
        {
            Require(parts[i], GgufFormat.SplitNumberKey, i);
            Require(parts[i], GgufFormat.SplitCountKey, parts.Count);
            if (tensors is not null)
            {
                Require(parts[i], GgufFormat.SplitTensorsKey, tensors.Value);
            }

            foreach (GgufTensorInfo tensor in parts[i].Header.Tensors)
            {
                if (!names.Add(tensor.Name))
                {
                    throw GgufFaults.DuplicateTensor(parts[i].FileName, tensor.Name);
                }
            }
        }

        if (tensors is not null && tensors != names.Count)
        {
            throw GgufFaults.TensorTotal(parts[0].FileName, tensors.Value, names.Count);
        }
    }

    private static void Require(GgufPart part, string key, int expected)
    {
        int? value = ReadKey(part, key);
        if (value != expected)
        {
            throw GgufFaults.PartDisagrees(part.FileName, key, value?.ToString() ?? "missing", expected);
        }
    }

    /// <summary>llama.cpp stores the numbers as u16 and the tensor count as i32; any integer type is read.</summary>
    private static int? ReadKey(GgufPart part, string key)
    {
        if (!part.Header.Metadata.TryGet(key, out GgufValue? value))
        {
            return null;
        }

        int most = key == GgufFormat.SplitTensorsKey ? int.MaxValue : ushort.MaxValue;
        return value.Value is byte or ushort or uint or sbyte or short or int or long or <= (ulong)long.MaxValue
            && value.AsInteger() is >= 0 and long number && number <= most
            ? (int)number
            : throw GgufFaults.BadSplitKey(part.FileName, key, value.Value, most);
    }
}
