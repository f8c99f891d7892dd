using System.Text.Json;
using System.Text.Unicode;
using ModelPack.Models.Tensors;

namespace ModelPack.Models.Safetensors;

/// <summary>What a .safetensors file says about its tensors, checked: every byte of the data belongs to exactly one tensor.</summary>
/// <remarks>Format: github.com/huggingface/safetensors, README "Format"; the checks are those of its Rust reader.</remarks>
internal sealed partial class SafetensorsHeader
{
    /// <summary>Longest header that the reference reader takes.</summary>
    public const int MaxLength = 100_000_000;

    /// <summary>Far above any tensor in use; keeps the memory for a hostile header in proportion.</summary>
    public const int MaxDimensions = 64;

    private readonly string _file;
    private readonly int _index;
    private readonly long _dataStart;
    private readonly Dictionary<string, string> _metadata = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TensorInfo> _tensors = new(StringComparer.Ordinal);

    private SafetensorsHeader(string file, int index, int length)
    {
        (_file, _index, _dataStart) = (file, index, 8L + length);
        Tensors = [];
    }

    /// <summary>Free text from "__metadata__"; nothing here interprets it.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _metadata;

    /// <summary>All tensors in the order of their data; offsets count from the start of the file.</summary>
    public IReadOnlyList<TensorInfo> Tensors { get; private set; }

    /// <summary>Parses and checks a header.</summary>
    /// <param name="file">Name for error messages.</param>
    /// <param name="index">Number of the file in its checkpoint, for <see cref="ByteRange.File"/>.</param>
    /// <param name="json">The header without its length.</param>
    /// <param name="dataLength">Bytes of the file behind the header.</param>
    /// <exception cref="InvalidCheckpointException">Any rule of the format is broken.</exception>
    public static SafetensorsHeader Parse(string file, int index, ReadOnlySpan<byte> json, long dataLength)
    {
        if (json.IsEmpty || json[0] != (byte)'{')
        {
            throw SafetensorsFaults.HeaderNotObject(file);
        }

        if (!Utf8.IsValid(json))
        {
            throw SafetensorsFaults.HeaderNotUtf8(file);
        }

        SafetensorsHeader header = new(file, index, json.Length);
        try
        {
            Utf8JsonReader reader = new(json, new JsonReaderOptions { MaxDepth = 16 });
            header.ReadObject(ref reader);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: an escaped lone surrogate, which is no text.
            throw SafetensorsFaults.HeaderNotJson(file, e);
        }

        header.CheckLayout(dataLength);
        return header;
    }

    private void ReadObject(ref Utf8JsonReader reader)
    {
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            reader.Read();
            if (name == "__metadata__")
            {
                ReadMetadata(ref reader);
            }
            else if (!_tensors.TryAdd(name, ReadTensor(ref reader, name)))
            {
                throw SafetensorsFaults.DuplicateTensor(_file, name);
            }
        }

        // Only white space may follow; the reader throws on anything else.
        reader.Read();
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return;
        }

        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw SafetensorsFaults.MetadataNotText(_file);
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = reader.GetString()!;
            reader.Read();
            _metadata[key] = reader.TokenType == JsonTokenType.String
                ? reader.GetString()!
                : throw SafetensorsFaults.MetadataNotText(_file);
        }
    }

    private void CheckLayout(long dataLength)
    {
        List<TensorInfo> sorted = [.. _tensors.Values];
        sorted.Sort(static (a, b) => (a.Location.Offset, a.Location.Length).CompareTo((b.Location.Offset, b.Location.Length)) is var c and not 0
            ? c
            : string.CompareOrdinal(a.Name, b.Name));
        long end = _dataStart;
        foreach (TensorInfo tensor in sorted)
        {
            long begin = tensor.Location.Offset;
            if (begin != end)
            {
                throw begin > end
                    ? SafetensorsFaults.Hole(_file, tensor.Name, begin - _dataStart, end - _dataStart)
                    : SafetensorsFaults.Overlap(_file, tensor.Name, begin - _dataStart, end - _dataStart);
            }

            end = begin + tensor.Location.Length;
        }

        long described = end - _dataStart;
        if (described != dataLength)
        {
            throw described > dataLength
                ? SafetensorsFaults.DataCut(_file, dataLength, described)
                : SafetensorsFaults.TrailingBytes(_file, dataLength, described);
        }

        Tensors = sorted;
    }
}
