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
    /// <summary>Longest file, in bytes.</summary>
    public const int MaxBytes = 1024 * 1024;

    /// <summary>Reads a file as UTF-8.</summary>
    /// <exception cref="LicensingFileException">It is longer than <see cref="MaxBytes"/> or not UTF-8.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static string Read(string path, YamlFault fault)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        byte[] bytes = new byte[MaxBytes + 1];
        int length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        if (length > MaxBytes)
        {
            throw fault(path, 1, 1, $"the file is longer than {MaxBytes} bytes, which is all that is read");
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
    public static YamlNode Parse(string file, string text, YamlFault fault)
    {
        if (text.Length > MaxBytes)
        {
            throw fault(file, 1, 1, $"the text is longer than {MaxBytes} characters, which is all that is read");
        }

        YamlStream stream = [];
        try
        {
            stream.Load(new BoundedYamlParser(new StringReader(text), file, fault));
        }
        catch (YamlException invalid)
        {
            throw fault(file, invalid.Start.Line, invalid.Start.Column, OneLine(invalid.Message));
        }

        return stream.Documents.Count == 1
            ? stream.Documents[0].RootNode
            : throw fault(file, 1, 1, "expected one YAML document");
    }

    private static string OneLine(string message) => message.ReplaceLineEndings(" ");
}
