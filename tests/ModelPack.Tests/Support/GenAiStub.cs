using ModelPack.Models.Onnx;

namespace ModelPack.Tests.Support;

/// <summary>A model for GenAI that is no transformer: its next token is a function of the last one, its cache holds zeros.</summary>
internal static class GenAiStub
{
    /// <summary>The token that follows; never one of the last three, which end texts in the fixtures.</summary>
    public static int Next(int token, int vocabulary) => ((token * 7) + 3) % (vocabulary - 3);

    /// <summary>Writes model.onnx.</summary>
    public static void Write(TempFolder folder, int vocabulary, int layers = 1, int heads = 1, int headSize = 2)
    {
        float[] table = new float[vocabulary * vocabulary];
        for (int i = 0; i < vocabulary; i++)
        {
            table[(i * vocabulary) + Next(i, vocabulary)] = 1;
        }

        List<(int, ProtobufBytes)> parts =
        [
            OnnxBytes.Node("Gather", "", ["table", "input_ids"], ["logits"], OnnxBytes.Attribute("axis", 0)),
            OnnxBytes.Node("Gather", "", ["state", "input_ids"], ["flat"], OnnxBytes.Attribute("axis", 0)),
            OnnxBytes.Node("Reshape", "", ["flat", "heads"], ["split"]),
            TransposeToHeads(),
            (5, OnnxBytes.Tensor("table", table, vocabulary, vocabulary)),
            (5, OnnxBytes.Tensor("state", new float[vocabulary * heads * headSize], vocabulary, heads * headSize)),
            (5, OnnxBytes.Tensor("heads", OnnxElementType.Int64, [.. Bytes(0), .. Bytes(0), .. Bytes(heads), .. Bytes(headSize)], 4)),
            OnnxBytes.Input("input_ids", OnnxElementType.Int64, "batch", "length"),
            OnnxBytes.Input("attention_mask", OnnxElementType.Int64, "batch", "total"),
            OnnxBytes.Output("logits", OnnxElementType.Float, "batch", "length", $"{vocabulary}"),
        ];
        foreach (string cache in Enumerable.Range(0, layers).SelectMany(static l => (string[])[$"{l}.key", $"{l}.value"]))
        {
            parts.Add(OnnxBytes.Node("Concat", "", [$"past_key_values.{cache}", "new"], [$"present.{cache}"], OnnxBytes.Attribute("axis", 2)));
            parts.Add(OnnxBytes.Input($"past_key_values.{cache}", OnnxElementType.Float, "batch", $"{heads}", "past", $"{headSize}"));
            parts.Add(OnnxBytes.Output($"present.{cache}", OnnxElementType.Float, "batch", $"{heads}", "total", $"{headSize}"));
        }

        folder.Write("model.onnx", OnnxBytes.Model(OnnxBytes.Graph([.. parts])).ToArray());
    }

    private static (int, ProtobufBytes) TransposeToHeads() =>
        OnnxBytes.Node("Transpose", "", ["split"], ["new"], new ProtobufBytes().Text(1, "perm").Packed(8, 0, 2, 1, 3).Integer(20, 7));

    private static byte[] Bytes(long value) => BitConverter.GetBytes(value);
}
