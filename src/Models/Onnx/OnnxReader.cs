using Microsoft.Win32.SafeHandles;
using ModelPack.Models.Onnx.Reading;

namespace ModelPack.Models.Onnx;

/// <summary>Reads an .onnx file: all of its structure, none of its large tensors.</summary>
/// <remarks>Source: onnx/onnx.proto, IR version 13. Fields that are not known are read past, as protocol buffers ask for.</remarks>
public sealed partial class OnnxReader
{
    private readonly OnnxCursor _cursor;
    private long _inline;

    private OnnxReader(OnnxCursor cursor) => _cursor = cursor;

    /// <summary>Reads a model.</summary>
    /// <param name="path">The .onnx file. Files of external data are not opened: see <see cref="OnnxExternalFile"/>.</param>
    /// <exception cref="InvalidCheckpointException">The file is broken, or larger in its parts than any real model.</exception>
    /// <exception cref="UnsupportedModelException">It has a tensor of a type that is not known.</exception>
    /// <exception cref="ModelPackException">The file cannot be read.</exception>
    public static OnnxModel Read(string path)
    {
        string name = Path.GetFileName(path);
        using SafeFileHandle handle = Open(path);
        long length = RandomAccess.GetLength(handle);
        RefuseOtherFiles(handle, name, length);
        return new OnnxReader(new OnnxCursor(handle, name, length)).ReadModel();
    }

    private static SafeFileHandle Open(string path)
    {
        try
        {
            return InputFile.HasContent(path)
                ? File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read)
                : throw OnnxFaults.Empty(Path.GetFileName(path));
        }
        catch (Exception cause) when (cause is FileNotFoundException or DirectoryNotFoundException)
        {
            throw OnnxFaults.NoSuchFile(path);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw OnnxFaults.CannotOpen(path, cause);
        }
    }

    private static void RefuseOtherFiles(SafeFileHandle handle, string name, long length)
    {
        ReadOnlySpan<byte> pointer = "version https://git-lfs"u8;
        Span<byte> start = stackalloc byte[pointer.Length];
        if (length >= start.Length && RandomAccess.Read(handle, start, 0) == start.Length && start.SequenceEqual(pointer))
        {
            throw OnnxFaults.LfsPointer(name);
        }
    }

    private OnnxModel ReadModel()
    {
        OnnxGraph? graph = null;
        long irVersion = 0;
        string producer = "", producerVersion = "";
        List<KeyValuePair<string, long>> opsets = [];
        List<KeyValuePair<string, string>> metadata = [];
        List<OnnxFunction> functions = [];
        foreach (OnnxField field in _cursor.Fields(_cursor.Length))
        {
            switch (field.Number)
            {
                case 1:
                    irVersion = _cursor.Integer(field);
                    break;
                case 2:
                    producer = _cursor.Name(field);
                    break;
                case 3:
                    producerVersion = _cursor.Name(field);
                    break;
                case 7:
                    graph = graph is null ? ReadGraph(field, 1) : throw OnnxFaults.Twice(_cursor.File, "model", field);
                    break;
                case 8:
                    opsets.Add(ReadOpset(field, opsets.Count));
                    break;
                case 14:
                    metadata.Add(ReadPair(field, "metadata", metadata.Count));
                    break;
                case 25:
                    functions.Add(ReadFunction(field, functions.Count));
                    break;
                default:
                    break;
            }
        }

        return new(graph ?? throw OnnxFaults.NoGraph(_cursor.File), opsets, irVersion, producer, producerVersion, metadata)
        {
            Functions = functions,
        };
    }

    private KeyValuePair<string, long> ReadOpset(OnnxField message, int index)
    {
        _cursor.Enter("operator set", index);
        string domain = "";
        long version = 0;
        foreach (OnnxField field in _cursor.Fields(message))
        {
            domain = field.Number == 1 ? _cursor.Name(field) : domain;
            version = field.Number == 2 ? _cursor.Integer(field) : version;
        }

        return new(domain, version);
    }

    /// <summary>A key and a value, as metadata and external_data hold them.</summary>
    private KeyValuePair<string, string> ReadPair(OnnxField message, string place, int index)
    {
        _cursor.Enter(place, index);
        string key = "", value = "";
        foreach (OnnxField field in _cursor.Fields(message))
        {
            key = field.Number == 1 ? _cursor.Name(field) : key;
            value = field.Number == 2 ? _cursor.Text(field, OnnxLimits.TextBytes) : value;
        }

        return new(key, value);
    }

    private OnnxFunction ReadFunction(OnnxField message, int index)
    {
        _cursor.Enter("function", index);
        string name = "", domain = "";
        List<OnnxNode> nodes = [];
        foreach (OnnxField field in _cursor.Fields(message))
        {
            switch (field.Number)
            {
                case 1:
                    name = _cursor.Name(field);
                    break;
                case 7:
                    nodes.Add(ReadNode(field, nodes.Count, 1));
                    break;
                case 10:
                    domain = _cursor.Name(field);
                    break;
                default:
                    break;
            }
        }

        return new(name, domain, Fixed(nodes));
    }

    /// <summary>A list that takes no more room than it needs: a hostile file has very many that are empty.</summary>
    private static T[] Fixed<T>(List<T>? list) => list is { Count: > 0 } ? [.. list] : [];
}
