using System.Text.Json;
using ModelPack.Models.Checkpoints.Encodings;
using ModelPack.Models.Conversion;
using ModelPack.Models.Safetensors;
using ModelPack.Models.Tensors;

namespace ModelPack.Models.Checkpoints;

/// <summary>A model folder as hubs lay it out: config.json, safetensors files and, for more than one, their index.</summary>
/// <remarks>Opening reads headers and small tables only. Sources stay readable, from any thread, until it is disposed.</remarks>
public sealed class Checkpoint : IDisposable
{
    private readonly List<WeightFile> _files;

    private Checkpoint(string folder, ModelConfig config, List<WeightFile> files, IReadOnlyList<StoredTensor> stored, LogicalTensors logical)
    {
        (Folder, Config, _files) = (folder, config, files);
        Files = [.. files.Select(static f => f.Path)];
        Stored = [.. stored.Select(static t => t.Info)];
        (Tensors, Dropped, Encoding) = (logical.Tensors, logical.Dropped, logical.Encoding);
    }

    /// <summary>Absolute path of the folder.</summary>
    public string Folder { get; }

    /// <summary>config.json.</summary>
    public ModelConfig Config { get; }

    /// <summary>generation_config.json, or null where the folder has none.</summary>
    public JsonElement? GenerationConfig { get; private init; }

    /// <summary>Absolute paths of the weight files, in the order of <see cref="ByteRange.File"/>.</summary>
    public IReadOnlyList<string> Files { get; }

    /// <summary>Every stored tensor, file by file in the order of its data.</summary>
    public IReadOnlyList<TensorInfo> Stored { get; }

    /// <summary>The tensors as the model's code knows them: scales and other companions are merged into their weights.</summary>
    public IReadOnlyDictionary<string, CheckpointTensor> Tensors { get; }

    /// <summary>Stored tensors that belong to activations or the KV cache and change no weight.</summary>
    public IReadOnlyList<DroppedTensor> Dropped { get; }

    /// <summary>How the weights are stored: "none", "fp8 128x128", "compressed-tensors pack-quantized int4 g32".</summary>
    public string Encoding { get; }

    /// <summary>Opens a folder and checks that its files agree with each other.</summary>
    /// <exception cref="InvalidCheckpointException">A file breaks its format, is missing or contradicts another.</exception>
    /// <exception cref="UnsupportedModelException">Pickled weights, or an encoding that is not read; the message names it.</exception>
    /// <exception cref="ModelPackException">The folder or a file cannot be read.</exception>
    public static Checkpoint Open(string folder, CancellationToken cancellation = default)
    {
        folder = Path.GetFullPath(folder);
        if (!Directory.Exists(folder))
        {
            throw CheckpointFaults.NoFolder(folder);
        }

        ModelConfig config = ReadConfig(folder);
        WeightEncoding? encoding = EncodingCatalog.Of(config);
        SafetensorsIndex? index = CheckpointFolder.ReadIndex(folder);
        EncodingCatalog.RefuseByName(index?.WeightMap.Keys ?? []);
        List<WeightFile> files = [];
        try
        {
            List<StoredTensor> stored = [];
            foreach (string name in CheckpointFolder.FindFiles(folder, index))
            {
                cancellation.ThrowIfCancellationRequested();
                WeightFile file = WeightFile.Open(Path.Combine(folder, name), name);
                files.Add(file);
                SafetensorsHeader header = SafetensorsReader.Read(file, files.Count - 1);
                stored.AddRange(header.Tensors.Select(t => new StoredTensor(t, file)));
            }

            CheckNames(stored, index);
            LogicalTensors logical = LogicalTensors.Of(stored, encoding, cancellation);
            return new Checkpoint(folder, config, files, stored, logical) { GenerationConfig = ReadGenerationConfig(folder) };
        }
        catch
        {
            files.ForEach(static f => f.Dispose());
            throw;
        }
    }

    /// <summary>Closes the files; sources can no longer be read.</summary>
    public void Dispose() => _files.ForEach(static f => f.Dispose());

    private static ModelConfig ReadConfig(string folder)
    {
        string path = Path.Combine(folder, "config.json");
        return File.Exists(path)
            ? new ModelConfig("config.json", JsonFile.ReadObject(path, "config.json"))
            : throw CheckpointFaults.NoConfig(folder);
    }

    private static JsonElement? ReadGenerationConfig(string folder)
    {
        string path = Path.Combine(folder, "generation_config.json");
        return File.Exists(path) ? JsonFile.ReadObject(path, "generation_config.json") : null;
    }

    private static void CheckNames(List<StoredTensor> stored, SafetensorsIndex? index)
    {
        Dictionary<string, string> found = new(StringComparer.Ordinal);
        foreach (StoredTensor tensor in stored)
        {
            if (!found.TryAdd(tensor.Info.Name, tensor.File.Name))
            {
                throw SafetensorsIndexFaults.TensorInTwoFiles(tensor.Info.Name, found[tensor.Info.Name], tensor.File.Name);
            }
        }

        index?.Check(found);
    }
}
