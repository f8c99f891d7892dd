using System.Text;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace ModelPack.Licensing.Catalog;

/// <summary>
/// Reads YAML that a stranger may have written: one document without anchors, aliases and tags, so that a small file stays a
/// small tree, and of bounded size, depth and number of values.
/// </summary>
internal static class YamlText
{
    /// <summary>Reads a file as UTF-8.</summary>
    /// <exception cref="LicensingFileException">It is longer than the limit or not UTF-8.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static string Read(string path, YamlFault fault, YamlLimits limits)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        long expected = file is { CanSeek: true, Length: > 0 } ? file.Length : limits.Bytes; // a pipe tells no length
        byte[] bytes = new byte[Math.Min(expected, limits.Bytes) + 1];
        int length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        if (length > limits.Bytes)
        {
            throw fault(path, 1, 1, $"the file is longer than {limits.Bytes} bytes, which is all that is read");
        }

        ReadOnlySpan<byte> text = bytes.AsSpan(0, length);
        text = text.StartsWith(Encoding.UTF8.Preamble) ? text[Encoding.UTF8.Preamble.Length..] : text;
        try
        {
            return new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(text);
        }
        catch (DecoderFallbackException invalid)
        {
            int line = 1 + text[..invalid.Index].Count((byte)'\n');
            int column = invalid.Index - text[..invalid.Index].LastIndexOf((byte)'\n');
            throw fault(path, line, column, $"byte 0x{text[invalid.Index]:x2} is not UTF-8");
        }
    }

    /// <summary>Parses a text.</summary>
    /// <exception cref="LicensingFileException">It is no such YAML.</exception>
    public static YamlNode Parse(string file, string text, YamlFault fault, YamlLimits limits)
    {
        if (text.Length > limits.Bytes)
        {
            throw fault(file, 1, 1, $"the text is longer than {limits.Bytes} characters, which is all that is read");
        }

        YamlStream stream = [];
        BoundedYamlParser parser = new(new StringReader(text), file, fault, limits);
        try
        {
            stream.Load(parser);
        }
        catch (YamlException invalid)
        {
            throw fault(file, invalid.Start.Line, invalid.Start.Column, OneLine(invalid.Message));
        }
        catch (Exception lost) when (lost is InvalidOperationException or ArgumentException)
        {
            // YamlDotNet loses its way where a flow sequence or a key ends within something else.
            Mark start = parser.Current?.Start ?? new Mark(0, 1, 1);
            throw fault(file, start.Line, start.Column, "from here on this is no YAML; expected every bracket, brace and quote to be closed");
        }

        return stream.Documents.Count == 1
            ? stream.Documents[0].RootNode
            : throw fault(file, 1, 1, "expected one YAML document");
    }

    private static string OneLine(string message) => message.ReplaceLineEndings(" ");
}
