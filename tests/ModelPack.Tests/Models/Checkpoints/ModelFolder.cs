using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using ModelPack.Models.Checkpoints;

namespace ModelPack.Tests.Models.Checkpoints;

/// <summary>A checkpoint folder of a test's own making, deleted when disposed.</summary>
internal sealed class ModelFolder : IDisposable
{
    public ModelFolder(string config = "{}")
    {
        Text("config.json", config);
    }

    public string Path { get; } = Directory.CreateTempSubdirectory("modelpack-test-").FullName;

    /// <summary>A folder with one file of weights.</summary>
    public static ModelFolder Of(string config, params Stored[] tensors) => new ModelFolder(config).Weights("model.safetensors", tensors);

    public Checkpoint Open() => Checkpoint.Open(Path, TestContext.Current.CancellationToken);

    public ModelFolder Text(string name, string text) => Bytes(name, Encoding.UTF8.GetBytes(text));

    public ModelFolder Bytes(string name, byte[] content)
    {
        string path = System.IO.Path.Combine(Path, name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        System.IO.File.WriteAllBytes(path, content);
        return this;
    }

    public ModelFolder Weights(string name, params Stored[] tensors) => Bytes(name, Safetensors(tensors));

    /// <summary>model.safetensors.index.json with the given tensors and files.</summary>
    public ModelFolder Index(params (string Tensor, string File)[] map) => Text(
        "model.safetensors.index.json",
        JsonSerializer.Serialize(new { metadata = new { total_size = 1 }, weight_map = map.ToDictionary(static m => m.Tensor, static m => m.File) }));

    /// <summary>The bytes of a file with the tensors in the given order.</summary>
    public static byte[] Safetensors(params Stored[] tensors)
    {
        long at = 0;
        Dictionary<string, object> header = [];
        foreach (Stored tensor in tensors)
        {
            header.Add(tensor.Name, new { dtype = tensor.Type, shape = tensor.Shape, data_offsets = new[] { at, at + tensor.Data.Length } });
            at += tensor.Data.Length;
        }

        return File(JsonSerializer.SerializeToUtf8Bytes(header), [.. tensors.SelectMany(static t => t.Data)]);
    }

    /// <summary>The bytes of a file with this header, whatever it says.</summary>
    public static byte[] File(ReadOnlySpan<byte> header, ReadOnlySpan<byte> data)
    {
        byte[] file = new byte[8 + header.Length + data.Length];
        BinaryPrimitives.WriteInt64LittleEndian(file, header.Length);
        header.CopyTo(file.AsSpan(8));
        data.CopyTo(file.AsSpan(8 + header.Length));
        return file;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
