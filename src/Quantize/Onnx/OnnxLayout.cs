using System.Globalization;
using ModelPack.Models;
using ModelPack.Models.Onnx.Export;

namespace ModelPack.Quantize.Onnx;

/// <summary>Gives every initializer its place in data files, none of which exceeds a size.</summary>
internal sealed class OnnxLayout
{
    /// <summary>Enough for any vector instruction, and for the small ones.</summary>
    private const int SmallAlignment = 64;

    /// <summary>A page: large initializers can be mapped where they are.</summary>
    private const int LargeAlignment = 4096;

    private const int LargeBytes = 1 << 16;

    private readonly long _most;
    private readonly List<long> _files = [];

    private OnnxLayout(long? mostBytes) => _most = mostBytes ?? long.MaxValue;

    /// <summary>Size of each file.</summary>
    public IReadOnlyList<long> Files => _files;

    /// <summary>Name of a data file: "model.onnx.data", "model.onnx.data.1" …</summary>
    public static string NameOf(int file) =>
        file == 0 ? "model.onnx.data" : string.Create(CultureInfo.InvariantCulture, $"model.onnx.data.{file}");

    /// <summary>Lays out the initializers of weights, in order.</summary>
    /// <param name="weights">The weights.</param>
    /// <param name="mostBytes">Largest size of a file; null for one file.</param>
    /// <param name="places">Receives the places of each weight's initializers.</param>
    /// <exception cref="ModelPackException">An initializer is larger than a file may be.</exception>
    public static OnnxLayout Create(
        IReadOnlyList<OnnxWeight> weights, long? mostBytes, out IReadOnlyList<IReadOnlyList<OnnxPlace>> places)
    {
        OnnxLayout layout = new(mostBytes);
        places = [.. weights.Select(w => (IReadOnlyList<OnnxPlace>)[.. Initializers(w).Select(layout.Place)])];
        return layout;
    }

    /// <summary>The initializers of a weight: values, scales, zero points.</summary>
    public static IEnumerable<OnnxInitializer> Initializers(OnnxWeight weight) =>
        new[] { weight.Values, weight.Scales, weight.ZeroPoints }.OfType<OnnxInitializer>();

    private OnnxPlace Place(OnnxInitializer initializer)
    {
        if (initializer.Bytes > _most)
        {
            throw new ModelPackException(string.Create(
                CultureInfo.InvariantCulture,
                $"{initializer.Name}: {initializer.Bytes} bytes; an initializer cannot be split, so files must be allowed to be that large, not {_most}"));
        }

        int alignment = initializer.Bytes >= LargeBytes ? LargeAlignment : SmallAlignment;
        long offset = _files.Count == 0 ? 0 : checked(_files[^1] + alignment - 1) / alignment * alignment;
        if (_files.Count == 0 || checked(offset + initializer.Bytes) > _most)
        {
            _files.Add(0);
            offset = 0;
        }

        _files[^1] = checked(offset + initializer.Bytes);
        return new(initializer, _files.Count - 1, offset);
    }
}
