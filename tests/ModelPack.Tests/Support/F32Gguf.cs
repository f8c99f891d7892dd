using System.Runtime.InteropServices;
using ModelPack.Models.Gguf;
using ModelPack.Models.Tensors;
using ModelPack.Quantize.Weights;

namespace ModelPack.Tests.Support;

/// <summary>Writes a quantized GGUF again with its weights decoded: llama.cpp then multiplies the very weights that the blocks stand for.</summary>
/// <remarks>With the quantized file its CPU kernels would round the activations to 8 bits too.</remarks>
internal static class F32Gguf
{
    public static void Write(string source, string path)
    {
        using GgufFile file = GgufFile.Open(source);
        GgufMetadata keys = file.Metadata.Copy();
        keys["general.file_type"] = GgufValue.Of(0u);
        GgufLayout layout = GgufLayout.Create(keys, [.. file.Tensors.Select(static t => (t.Name, GgmlType.F32, t.Shape))]);
        using FileStream output = File.Create(path);
        layout.WriteHeader(output);
        foreach ((GgufTensorInfo from, GgufTensorInfo to) in file.Tensors.Zip(layout.Tensors))
        {
            TensorSource weights = GgufModelWeights.Open(file, from);
            float[] values = new float[from.Count];
            weights.Read(0, values);
            output.Position = layout.DataOffset + to.Offset;
            output.Write(MemoryMarshal.AsBytes<float>(values));
        }

        output.SetLength(layout.TotalBytes);
    }
}
