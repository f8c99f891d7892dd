using ModelPack.Models;
using ModelPack.Models.Onnx;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Models.Onnx;

public sealed class OnnxExternalFileTests
{
    private static readonly OnnxData.External Data = new("w.bin", 2, 6);

    [Theory]
    [InlineData(8, null)]
    [InlineData(7, "7 bytes; tensor w ends at byte 8")]
    [InlineData(-1, "no such file")]
    public void The_file_must_hold_the_tensor(int bytes, string? fault)
    {
        using TempFolder folder = new();
        string model = folder.Write("m.onnx", [1]);
        if (bytes >= 0)
        {
            folder.Write("w.bin", new byte[bytes]);
        }

        Check(model, Data, fault);
    }

    [Fact]
    public void A_link_that_leaves_the_folder_is_refused()
    {
        using TempFolder folder = new();
        using TempFolder outside = new();
        string model = folder.Write("m.onnx", [1]);
        File.CreateSymbolicLink(folder.File("w.bin"), outside.Write("secret", new byte[100]));
        Directory.CreateSymbolicLink(folder.File("d"), outside.Path);
        Check(model, Data, "link that leaves");
        Check(model, Data with { Location = "d/secret" }, "link that leaves");
    }

    [Fact]
    public void Links_of_model_and_data_to_one_folder_are_followed_as_a_hub_cache_needs_it()
    {
        using TempFolder folder = new();
        using TempFolder blobs = new();
        File.CreateSymbolicLink(folder.File("m.onnx"), blobs.Write("aa", [1]));
        File.CreateSymbolicLink(folder.File("w.bin"), blobs.Write("bb", new byte[8]));
        Check(folder.File("m.onnx"), Data, null);
    }

    private static void Check(string model, OnnxData.External data, string? fault)
    {
        if (fault is null)
        {
            Assert.Equal(Path.Combine(Path.GetDirectoryName(model)!, data.Location), OnnxExternalFile.Resolve(model, "w", data));
            return;
        }

        string message = Assert.Throws<InvalidCheckpointException>(() => OnnxExternalFile.Resolve(model, "w", data)).Message;
        Assert.Contains($"m.onnx: {data.Location}: ", message, StringComparison.Ordinal);
        Assert.Contains(fault, message, StringComparison.Ordinal);
    }
}
