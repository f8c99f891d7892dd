using System.Buffers.Binary;
using Microsoft.ML.OnnxRuntime;
using ModelPack.Models.Checkpoints;
using ModelPack.Models.Onnx;
using ModelPack.Models.Onnx.Export;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Models.Onnx.Export;

/// <summary>A decoder that was written the plainest way, a graph and one file of data, and loaded into ONNX Runtime.</summary>
internal sealed class ExportedModel : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly OrtSession _session;
    private readonly OnnxElementType _activation;

    private ExportedModel(OnnxDecoder decoder, Func<OnnxWeight, long, OnnxWeightFormat.Blocks?>? round)
    {
        Decoder = decoder;
        _activation = decoder.Model.Graph.Inputs.First(static i => i.Name.StartsWith("past", StringComparison.Ordinal)).Type;
        Write(decoder, _folder.Path, round);
        _session = OrtSession.Load(_folder.File("model.onnx"));
    }

    /// <summary>Where it was written.</summary>
    public string Folder => _folder.Path;

    /// <summary>What was written.</summary>
    public OnnxDecoder Decoder { get; }

    /// <summary>Exports a checkpoint and loads the result.</summary>
    /// <param name="folder">A folder from the hub.</param>
    /// <param name="options">Choices.</param>
    /// <param name="round">Rounds a row of a plain weight to blocks and back before it is written; null keeps it.</param>
    public static ExportedModel Load(string folder, OnnxExportOptions options, Func<OnnxWeight, long, OnnxWeightFormat.Blocks?>? round = null)
    {
        using Checkpoint checkpoint = Checkpoint.Open(folder);
        return new(OnnxExport.Create(checkpoint, options), round);
    }

    /// <summary>Loads a decoder whose weights can still be read.</summary>
    public static ExportedModel Load(OnnxDecoder decoder) => new(decoder, null);

    /// <summary>Logits of every position of one sequence, from nothing.</summary>
    public float[] Logits(ReadOnlySpan<int> tokens) => Run(tokens.ToArray(), [.. Enumerable.Repeat(1L, tokens.Length)], 1, Empty(1))["logits"].Values;

    /// <summary>Logits of every position, the sequence cut into runs that each see the cache of those before.</summary>
    /// <param name="tokens">The sequence.</param>
    /// <param name="lengths">Lengths of the runs; the last is repeated.</param>
    public float[] LogitsByParts(int[] tokens, params int[] lengths)
    {
        List<float> logits = [];
        Dictionary<string, (float[] Values, int[] Shape)> past = Empty(1);
        for (int done = 0, part = 0; done < tokens.Length; part++)
        {
            int end = Math.Min(tokens.Length, done + lengths[Math.Min(part, lengths.Length - 1)]);
            var result = Run(tokens[done..end], [.. Enumerable.Repeat(1L, end)], 1, past);
            logits.AddRange(result["logits"].Values);
            past = Past(result);
            done = end;
        }

        return [.. logits];
    }

    /// <summary>One run of a batch.</summary>
    /// <param name="tokens">[batch, length].</param>
    /// <param name="mask">[batch, past + length].</param>
    /// <param name="batch">Sequences.</param>
    /// <param name="past">Cache by input name.</param>
    public IReadOnlyDictionary<string, (float[] Values, int[] Shape)> Run(
        int[] tokens, long[] mask, int batch, Dictionary<string, (float[] Values, int[] Shape)> past) => _session.Run(
        [
            OrtSession.Input("input_ids", Array.ConvertAll(tokens, static t => (long)t), batch, tokens.Length / batch),
            OrtSession.Input("attention_mask", mask, batch, mask.Length / batch),
            .. past.Select(p => Cache(p.Key, p.Value)),
        ]);

    /// <summary>The cache that a run returned, by the names of the next run's inputs.</summary>
    public static Dictionary<string, (float[] Values, int[] Shape)> Past(IReadOnlyDictionary<string, (float[] Values, int[] Shape)> result) =>
        result.Where(static r => r.Key != "logits").ToDictionary(static r => r.Key.Replace("present", "past_key_values", StringComparison.Ordinal), static r => r.Value);

    /// <summary>An empty cache.</summary>
    public Dictionary<string, (float[] Values, int[] Shape)> Empty(int batch) => Decoder.Model.Graph.Inputs.Skip(2).ToDictionary(
        static i => i.Name,
        i => (Array.Empty<float>(), new[] { batch, (int)i.Dimensions![1].Size!.Value, 0, (int)i.Dimensions[3].Size!.Value }));

    public void Dispose()
    {
        _session.Dispose();
        _folder.Dispose();
    }

    private NamedOnnxValue Cache(string name, (float[] Values, int[] Shape) cache) => _activation == OnnxElementType.Float
        ? OrtSession.Input(name, cache.Values, cache.Shape)
        : OrtSession.HalfInput(name, cache.Values, cache.Shape);

    private static void Write(OnnxDecoder decoder, string folder, Func<OnnxWeight, long, OnnxWeightFormat.Blocks?>? round)
    {
        List<OnnxTensor> initializers = [.. decoder.Model.Graph.Initializers];
        using (FileStream data = File.Create(Path.Combine(folder, "model.onnx.data")))
        {
            foreach (OnnxWeight weight in decoder.Weights)
            {
                List<byte>[] parts = [[], [], []];
                float[] row = new float[weight.Source.Columns];
                for (long i = 0; i < weight.Source.Rows; i++)
                {
                    weight.Source.Read(i, row);
                    Encode(weight, round?.Invoke(weight, i) is { } blocks ? NaiveBlocks.Encode(row, blocks).Decoded : row, parts);
                }

                OnnxInitializer?[] targets = [weight.Values, weight.Scales, weight.ZeroPoints];
                for (int p = 0; p < 3; p++)
                {
                    Assert.Equal(targets[p]?.Bytes ?? 0, parts[p].Count);
                    if (targets[p] is { } target)
                    {
                        initializers.Add(new(target.Name, target.Type, target.Shape, new OnnxData.External("model.onnx.data", data.Position, target.Bytes)));
                        data.Write(parts[p].ToArray());
                        data.Write(new byte[(-data.Position % 64 + 64) % 64]);
                    }
                }
            }
        }

        using FileStream file = File.Create(Path.Combine(folder, "model.onnx"));
        OnnxWriter.Write(file, decoder.Model with { Graph = decoder.Model.Graph with { Initializers = initializers } });
    }

    private static void Encode(OnnxWeight weight, float[] row, List<byte>[] parts)
    {
        if (weight.Format is OnnxWeightFormat.Blocks blocks)
        {
            var (codes, scales, zeros, _) = NaiveBlocks.Encode(row, blocks);
            parts[0].AddRange(codes);
            AddNumbers(parts[1], scales, blocks.ScaleType);
            parts[2].AddRange(zeros);
        }
        else
        {
            AddNumbers(parts[0], row, ((OnnxWeightFormat.Plain)weight.Format).Type);
        }
    }

    private static void AddNumbers(List<byte> bytes, float[] numbers, OnnxElementType type)
    {
        Span<byte> four = stackalloc byte[sizeof(float)];
        foreach (float number in numbers)
        {
            if (type == OnnxElementType.Float)
            {
                BinaryPrimitives.WriteSingleLittleEndian(four, number);
                bytes.AddRange(four);
            }
            else
            {
                BinaryPrimitives.WriteHalfLittleEndian(four, (Half)number);
                bytes.AddRange(four[..sizeof(ushort)]);
            }
        }
    }
}
