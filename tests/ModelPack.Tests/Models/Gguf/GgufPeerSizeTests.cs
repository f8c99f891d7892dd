using ModelPack.Models.Gguf;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Models.Gguf;

/// <summary>Our layout against a file that llama.cpp (v0.5.0) quantized.</summary>
public sealed class GgufPeerSizeTests
{
    [Theory]
    [InlineData("data/models/stories260K-f32.gguf")]
    [InlineData("data/models/stories260K-moe4-f32.gguf")]
    public void A_quantized_file_has_the_header_and_size_of_its_layout(string relative)
    {
        string source = SharedFolder.Require(relative);
        using TempFolder folder = new();
        string target = folder.File("q.gguf");
        LlamaCpp.Quantize(source, target, LlamaFileType.Q8_0);
        using GgufFile file = GgufFile.Open(target);
        Assert.Contains(file.Tensors, static t => t.Type == GgmlType.Q8_0);
        GgufLayout layout = GgufLayout.Create(file.Metadata, [.. file.Tensors.Select(static t => (t.Name, t.Type, t.Shape))]);
        byte[] bytes = File.ReadAllBytes(target);
        Assert.Equal(bytes[..(int)layout.DataOffset], GgufLayoutTests.HeaderOf(layout));
        Assert.Equal(bytes.Length, layout.TotalBytes);

        // What follows a tensor up to the next one is zero, after the last one too.
        Assert.All(layout.Tensors, tensor => Assert.True(
            bytes.AsSpan((int)(layout.DataOffset + tensor.Offset + tensor.Bytes), (int)((32 - (tensor.Bytes % 32)) % 32)).IndexOfAnyExcept((byte)0) < 0));
    }
}
