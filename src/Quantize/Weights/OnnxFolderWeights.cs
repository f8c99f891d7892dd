using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using ModelPack.Models;
using ModelPack.Models.Architectures;
using ModelPack.Models.Conversion;
using ModelPack.Models.Tensors;
using ModelPack.Models.Tensors.Views;
using ModelPack.Quantize.Onnx;

namespace ModelPack.Quantize.Weights;

/// <summary>The weights of an ONNX folder that this tool made, decoded and in the hub's layout, as its modelpack.json lists them.</summary>
public sealed class OnnxFolderWeights : IDisposable
{
    private const long MostBytes = 256 << 20;

    private readonly Dictionary<string, SafeFileHandle> _files = new(StringComparer.Ordinal);
    private readonly DecoderSpec _spec;
    private readonly string _folder;

    private OnnxFolderWeights(string folder, DecoderSpec spec) => (_folder, _spec) = (folder, spec);

    /// <summary>The weights; readable until this is disposed of. Roles without a weight of their own are missing.</summary>
    public ModelWeights Weights { get; private set; } = null!;

    /// <summary>Opens a folder.</summary>
    /// <param name="folder">Path of the folder.</param>
    /// <param name="spec">What the model computes: ONNX folders do not say it.</param>
    /// <returns>Null where the folder has no modelpack.json: somebody else's, whose weights cannot be told apart.</returns>
    /// <exception cref="ModelPackException">The list or a data file cannot be read.</exception>
    public static OnnxFolderWeights? TryOpen(string folder, DecoderSpec spec)
    {
        string list = Path.Combine(folder, OnnxManifest.FileName);
        if (!File.Exists(list))
        {
            return null;
        }

        OnnxFolderWeights opened = new(folder, spec);
        try
        {
            opened.Weights = new(spec, opened.Read(list), [.. opened._files.Keys.Order(StringComparer.Ordinal).Select(f => Path.Combine(folder, f))]);
            return opened;
        }
        catch (Exception cause) when (cause is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or IOException or UnauthorizedAccessException)
        {
            opened.Dispose();
            throw new ModelPackException($"{folder}: {OnnxManifest.FileName}: cannot be read: {cause.Message.TrimEnd('.')}", cause);
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (SafeFileHandle file in _files.Values)
        {
            file.Dispose();
        }
    }

    private Dictionary<TensorRole, TensorSource> Read(string list)
    {
        Dictionary<TensorRole, TensorSource> tensors = [];
        using FileStream stream = File.OpenRead(list);
        if (stream.Length > MostBytes)
        {
            throw new InvalidCheckpointException($"{OnnxManifest.FileName}: {stream.Length} bytes; at most {MostBytes} are read");
        }

        using JsonDocument document = JsonDocument.Parse(stream);
        foreach (JsonElement entry in document.RootElement.GetProperty("tensors").EnumerateArray())
        {
            if (OnnxStoredWeight.Read(entry) is { } weight)
            {
                Add(tensors, weight);
            }
        }

        return tensors;
    }

    private void Add(Dictionary<TensorRole, TensorSource> tensors, OnnxStoredWeight weight)
    {
        foreach ((string file, _, _) in weight.Parts)
        {
            if (!_files.ContainsKey(file))
            {
                _files.Add(file, File.OpenHandle(Path.Combine(_folder, file)));
            }
        }

        OnnxRowSource source = new(weight, _files);
        if (weight.Experts.Count == 0)
        {
            tensors.TryAdd(weight.Role, Unroll(weight.Role, source));
            return;
        }

        long rows = weight.Rows / weight.Experts.Count;
        for (int i = 0; i < weight.Experts.Count; i++)
        {
            RowSlice one = new(source, i * rows, rows);
            TensorRole role = weight.Role with { Expert = weight.Experts[i] };
            if (role.Kind == TensorKind.ExpertGateUp)
            {
                // Rows of gate and up by turns.
                tensors.TryAdd(role with { Kind = TensorKind.ExpertGate }, new PickedRows(one, 2, 0, 1));
                tensors.TryAdd(role with { Kind = TensorKind.ExpertUp }, new PickedRows(one, 2, 1, 1));
            }
            else
            {
                tensors.TryAdd(role, one);
            }
        }
    }

    // The export puts the rotated part of latent queries first.
    private TensorSource Unroll(TensorRole role, TensorSource source) =>
        role is { Kind: TensorKind.AttentionQuery or TensorKind.AttentionQueryUp, Layer: { } layer } && layer < _spec.Layers.Count
        && _spec.Layers[layer].Attention is AttentionSpec.Latent latent && source.Rows % (latent.NopeSize + latent.RopeSize) == 0
            ? new RolledRows(source, latent.NopeSize + latent.RopeSize, latent.RopeSize)
            : source;
}
