using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;

namespace ModelPack.Tests.Support;

/// <summary>Writes a <see cref="RandomModel"/> as a folder from the hub: config, tokenizer, bf16 safetensors. Same model, same bytes.</summary>
internal static class RandomCheckpoint
{
    /// <summary>Writes the folder, in memory that does not grow with the model.</summary>
    /// <param name="folder">Created when absent.</param>
    /// <param name="model">Sizes.</param>
    /// <param name="shardBytes">A file is closed before it grows beyond this; one tensor may be larger.</param>
    public static void Write(string folder, RandomModel model, long shardBytes = long.MaxValue)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "config.json"), model.Config.ToJsonString());
        RandomTokenizer.Write(folder, model.Vocabulary);
        List<List<(string Name, long[] Shape)>> shards = Shards(model, shardBytes);
        JsonObject map = [];
        for (int i = 0; i < shards.Count; i++)
        {
            string file = shards.Count == 1 ? "model.safetensors" : $"model-{i + 1:d5}-of-{shards.Count:d5}.safetensors";
            Write(Path.Combine(folder, file), shards[i]);
            shards[i].ForEach(tensor => map[tensor.Name] = file);
        }

        if (shards.Count > 1)
        {
            JsonObject index = new()
            {
                ["metadata"] = new JsonObject { ["total_size"] = model.Parameters * sizeof(ushort) },
                ["weight_map"] = map,
            };
            File.WriteAllText(Path.Combine(folder, "model.safetensors.index.json"), index.ToJsonString());
        }
    }

    private static List<List<(string Name, long[] Shape)>> Shards(RandomModel model, long shardBytes)
    {
        List<List<(string, long[])>> shards = [[]];
        long bytes = 0;
        foreach ((string name, long[] shape) in model.Tensors)
        {
            long size = RandomModel.Count(shape) * sizeof(ushort);
            if (shards[^1].Count > 0 && bytes + size > shardBytes)
            {
                shards.Add([]);
                bytes = 0;
            }

            shards[^1].Add((name, shape));
            bytes += size;
        }

        return shards;
    }

    private static void Write(string path, List<(string Name, long[] Shape)> tensors)
    {
        JsonObject header = new() { ["__metadata__"] = new JsonObject { ["format"] = "pt" } };
        long offset = 0;
        foreach ((string name, long[] shape) in tensors)
        {
            long end = offset + (RandomModel.Count(shape) * sizeof(ushort));
            header[name] = new JsonObject
            {
                ["dtype"] = "BF16",
                ["shape"] = new JsonArray([.. shape.Select(static n => JsonValue.Create(n))]),
                ["data_offsets"] = new JsonArray(offset, end),
            };
            offset = end;
        }

        string json = header.ToJsonString();
        byte[] text = Encoding.UTF8.GetBytes(json.PadRight((json.Length + 7) / 8 * 8));
        byte[] length = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteInt64LittleEndian(length, text.Length);
        using FileStream file = new(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 1 << 20);
        file.Write(length);
        file.Write(text);
        foreach ((string name, long[] shape) in tensors)
        {
            RandomWeights.Write(file, name, shape);
        }
    }
}
