using System.Text.Json;

namespace ModelPack.Models.Safetensors;

/// <summary>model.safetensors.index.json: which file holds which tensor.</summary>
internal sealed class SafetensorsIndex
{
    /// <summary>The only name under which hubs store it.</summary>
    public const string FileName = "model.safetensors.index.json";

    /// <summary>The index of a model with a million tensors is about 100 MB.</summary>
    public const int MaxLength = 256 << 20;

    private readonly Dictionary<string, string> _files = new(StringComparer.Ordinal);

    private SafetensorsIndex()
    {
    }

    /// <summary>File of each tensor, relative to the folder.</summary>
    public IReadOnlyDictionary<string, string> WeightMap => _files;

    /// <summary>The files, each once, in ordinal order.</summary>
    public IReadOnlyList<string> Files => [.. _files.Values.Distinct().Order(StringComparer.Ordinal)];

    /// <summary>Parses the index; the files it names are not looked at.</summary>
    /// <param name="json">UTF-8 without byte order mark.</param>
    /// <exception cref="InvalidCheckpointException">Not JSON, no weight_map, or a path that leaves the folder.</exception>
    public static SafetensorsIndex Parse(ReadOnlySpan<byte> json)
    {
        SafetensorsIndex index = new();
        try
        {
            Utf8JsonReader reader = new(json, new JsonReaderOptions { MaxDepth = 16 });
            index.ReadRoot(ref reader);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw SafetensorsIndexFaults.NotJson(FileName, e);
        }

        return index;
    }

    /// <summary>Checks that index and files agree.</summary>
    /// <param name="found">File of every tensor that the headers list.</param>
    /// <exception cref="InvalidCheckpointException">The names differ, or a tensor is in another file.</exception>
    public void Check(IReadOnlyDictionary<string, string> found)
    {
        string[] missing = [.. _files.Keys.Where(n => !found.ContainsKey(n)).Order(StringComparer.Ordinal)];
        string[] extra = [.. found.Keys.Where(n => !_files.ContainsKey(n)).Order(StringComparer.Ordinal)];
        if (missing.Length + extra.Length > 0)
        {
            throw SafetensorsIndexFaults.NamesDiffer(FileName, missing, extra);
        }

        foreach ((string name, string file) in _files.OrderBy(static p => p.Key, StringComparer.Ordinal))
        {
            if (found[name] != file)
            {
                throw SafetensorsIndexFaults.InAnotherFile(FileName, name, file, found[name]);
            }
        }
    }

    private void ReadRoot(ref Utf8JsonReader reader)
    {
        bool found = false;
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw SafetensorsIndexFaults.NoWeightMap(FileName);
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool map = reader.ValueTextEquals("weight_map"u8);
            reader.Read();
            if (map && reader.TokenType == JsonTokenType.StartObject)
            {
                found = true;
                ReadMap(ref reader);
            }
            else
            {
                reader.Skip();
            }
        }

        reader.Read();
        if (!found)
        {
            throw SafetensorsIndexFaults.NoWeightMap(FileName);
        }
    }

    private void ReadMap(ref Utf8JsonReader reader)
    {
        // Thousands of tensors share a few file names; each is checked and kept once.
        Dictionary<string, string> paths = new(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            reader.Read();
            if (reader.TokenType != JsonTokenType.String)
            {
                throw SafetensorsIndexFaults.FileNotText(FileName, name);
            }

            string path = reader.GetString()!;
            if (!paths.TryGetValue(path, out string? known))
            {
                CheckPath(path);
                paths.Add(path, known = path);
            }

            if (!_files.TryAdd(name, known))
            {
                throw SafetensorsIndexFaults.NameRepeated(FileName, name);
            }
        }
    }

    private static void CheckPath(string path)
    {
        bool inside = path.Length > 0 && path.AsSpan().IndexOfAny(['\\', ':', '\0']) < 0
            && path.Split('/').All(static part => part is not ("" or "." or ".."));
        if (!inside)
        {
            throw SafetensorsIndexFaults.PathLeavesFolder(FileName, path);
        }

        if (!path.EndsWith(".safetensors", StringComparison.Ordinal))
        {
            throw SafetensorsIndexFaults.NotSafetensors(FileName, path);
        }
    }
}
