using System.Text.Json;

namespace ModelPack.Models.Tokenizers.Texts;

/// <summary>Reads JSON lines: {"text"}, {"messages"}, or {"prompt", "completion"}.</summary>
internal static class JsonLines
{
    private const int MaxLine = 16 << 20;

    private const int FirstBuffer = 1 << 16;

    /// <summary>Reads the documents, one a line; empty lines are none.</summary>
    public static IEnumerable<TextDocument> Read(string path, ConversationTemplate? template)
    {
        int number = 0;
        foreach (ReadOnlyMemory<byte> line in Lines(path))
        {
            string place = $"{path}: line {++number}";
            if (line.Span.Trim(" \t\r"u8).IsEmpty)
            {
                continue;
            }

            yield return Document(place, line, template);
        }
    }

    private static TextDocument Document(string place, ReadOnlyMemory<byte> line, ConversationTemplate? template)
    {
        // Checked here because a JSON document hands broken UTF-8 on until someone asks for the text.
        PlainText.Decode(place, line.Span);
        using JsonDocument json = Parse(place, line);
        JsonElement root = json.RootElement;
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw TextFaults.BadJson(place, $"{Kind(root)} where an object was expected");
        }

        if (root.TryGetProperty("text", out JsonElement text))
        {
            return new TextDocument(place, Text(place, "text", text), IsConversation: false);
        }

        if (root.TryGetProperty("messages", out _))
        {
            return new TextDocument(place, (template ?? throw TextFaults.NoTemplate(place)).Render(place, root), IsConversation: true);
        }

        if (root.TryGetProperty("prompt", out JsonElement prompt) && root.TryGetProperty("completion", out JsonElement completion))
        {
            return new TextDocument(place, Text(place, "prompt", prompt) + Text(place, "completion", completion), IsConversation: false);
        }

        string[] names = [.. root.EnumerateObject().Take(8).Select(static p => TokenizerFaults.Quote(p.Name))];
        throw TextFaults.NoText(place, names.Length == 0 ? "nothing in it" : string.Join(", ", names));
    }

    private static JsonDocument Parse(string place, ReadOnlyMemory<byte> line)
    {
        try
        {
            return JsonDocument.Parse(line);
        }
        catch (JsonException error)
        {
            throw TextFaults.BadJson(place, $"character {error.BytePositionInLine + 1}: {error.Message.Split(" LineNumber", 2)[0]}");
        }
    }

    private static string Text(string place, string member, JsonElement value)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString()! : throw TextFaults.NotText(place, member, Kind(value));
        }
        catch (InvalidOperationException)
        {
            throw TextFaults.NotText(place, member, "a lone surrogate");
        }
    }

    private static string Kind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => "null",
        JsonValueKind.Array => "an array",
        JsonValueKind.Object => "an object",
        JsonValueKind.Number => "a number",
        JsonValueKind.String => "a string",
        _ => "true or false",
    };

    /// <summary>Lines without their ends; each is valid until the next is asked for.</summary>
    private static IEnumerable<ReadOnlyMemory<byte>> Lines(string path)
    {
        using FileStream stream = Open(path);
        byte[] buffer = new byte[FirstBuffer];
        int length = 0;
        int number = 1;
        while (true)
        {
            int start = 0;
            for (int end; (end = buffer.AsSpan(start, length - start).IndexOf((byte)'\n')) >= 0; start += end + 1, number++)
            {
                yield return buffer.AsMemory(start, end);
            }

            buffer.AsSpan(start, length - start).CopyTo(buffer);
            length -= start;
            if (length == buffer.Length)
            {
                Array.Resize(ref buffer, length < MaxLine ? length * 2 : throw TextFaults.LineTooLong($"{path}: line {number}", MaxLine));
            }

            int read = ReadSome(path, stream, buffer.AsSpan(length));
            if (read == 0)
            {
                break;
            }

            length += read;
        }

        if (length > 0)
        {
            yield return buffer.AsMemory(0, length);
        }
    }

    private static FileStream Open(string path)
    {
        try
        {
            return InputFile.HasContent(path) ? File.OpenRead(path) : throw TextFaults.Empty(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw TextFaults.Unreadable(path, error);
        }
    }

    private static int ReadSome(string path, FileStream stream, Span<byte> buffer)
    {
        try
        {
            return stream.Read(buffer);
        }
        catch (IOException error)
        {
            throw TextFaults.Unreadable(path, error);
        }
    }
}
