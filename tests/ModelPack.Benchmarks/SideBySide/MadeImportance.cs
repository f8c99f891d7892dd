using System.Text;
using ModelPack.Tests.Support;

namespace ModelPack.Benchmarks.SideBySide;

/// <summary>Writes an importance matrix of made-up numbers for a made-up model, in llama.cpp's older format.</summary>
internal static class MadeImportance
{
    public static void Write(string path, RandomModel model)
    {
        List<(string Name, int Values)> entries = [("output.weight", model.Hidden)];
        int experts = Math.Max(1, model.Experts);
        string suffix = model.Experts > 0 ? "_exps" : "";
        for (int layer = 0; layer < model.Layers; layer++)
        {
            entries.Add(($"blk.{layer}.attn_q.weight", model.Hidden));
            entries.Add(($"blk.{layer}.attn_k.weight", model.Hidden));
            entries.Add(($"blk.{layer}.attn_v.weight", model.Hidden));
            entries.Add(($"blk.{layer}.attn_output.weight", model.Heads * model.HeadSize));
            entries.Add(($"blk.{layer}.ffn_gate{suffix}.weight", experts * model.Hidden));
            entries.Add(($"blk.{layer}.ffn_up{suffix}.weight", experts * model.Hidden));
            entries.Add(($"blk.{layer}.ffn_down{suffix}.weight", experts * model.FeedForward));
        }

        Random random = new(7);
        using BinaryWriter file = new(File.Create(path), Encoding.UTF8);
        file.Write(entries.Count);
        foreach ((string name, int values) in entries)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(name);
            file.Write(bytes.Length);
            file.Write(bytes);
            file.Write(1);
            file.Write(values);
            for (int i = 0; i < values; i++)
            {
                file.Write(random.NextSingle() * random.NextSingle());
            }
        }
    }
}
