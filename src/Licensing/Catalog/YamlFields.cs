using System.Diagnostics.CodeAnalysis;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace ModelPack.Licensing.Catalog;

/// <summary>A YAML mapping that is read field by field; <see cref="End"/> refuses what nobody read.</summary>
internal sealed class YamlFields
{
    private readonly string _file;
    private readonly YamlFault _fault;
    private readonly YamlMappingNode _node;
    private readonly Dictionary<string, YamlNode> _unread = [];
    private readonly List<string> _asked = [];

    /// <param name="file">The file's name, for faults.</param>
    /// <param name="node">The mapping.</param>
    /// <param name="fault">Makes the exceptions.</param>
    /// <exception cref="LicensingFileException">The node is no mapping, or a key is no text.</exception>
    public YamlFields(string file, YamlNode node, YamlFault fault)
    {
        _file = file;
        _fault = fault;
        _node = node as YamlMappingNode ?? throw Fault(node, $"expected a mapping of fields{Found(node)}");
        foreach ((YamlNode key, YamlNode value) in _node.Children)
        {
            string name = Scalar(key);
            _unread[name] = value;
        }
    }

    /// <summary>The line on which the mapping starts, from 1.</summary>
    public long Line => _node.Start.Line;

    public string Required(string name) => Optional(name) ?? throw Fault(_node, $"the field '{name}' is missing");

    public string? Optional(string name) => Take(name, out YamlNode? value) ? Scalar(value) : null;

    /// <returns>The field read by <paramref name="read"/>, or <paramref name="absent"/>.</returns>
    public T Optional<T>(string name, T absent, Func<string, T> read) =>
        Take(name, out YamlNode? value) ? Read(value, read) : absent;

    public T Required<T>(string name, Func<string, T> read) =>
        Take(name, out YamlNode? value)
            ? Read(value, read)
            : throw Fault(_node, $"the field '{name}' is missing");

    public IReadOnlyList<T> List<T>(string name, Func<string, T> read) =>
        [.. Nodes(name).Select(item => Read(item, read))];

    public IReadOnlyList<YamlFields> Mappings(string name) => [.. Nodes(name).Select(item => new YamlFields(_file, item, _fault))];

    public YamlFields? Mapping(string name) =>
        Take(name, out YamlNode? value) ? new(_file, value, _fault) : null;

    /// <summary>All fields, for a mapping whose keys are data.</summary>
    public IReadOnlyList<KeyValuePair<string, T>> All<T>(Func<string, string, T> read)
    {
        KeyValuePair<string, YamlNode>[] fields = [.. _unread.OrderBy(static field => field.Key, StringComparer.Ordinal)];
        _unread.Clear();
        return [.. fields.Select(field => KeyValuePair.Create(field.Key, Read(field.Value, text => read(field.Key, text))))];
    }

    /// <summary>Whether a field is there and not read yet.</summary>
    public bool Has(string name) => _unread.ContainsKey(name);

    /// <summary>The items of a list, each a text, read with its line, or a mapping.</summary>
    public IReadOnlyList<T> Items<T>(string name, Func<string, long, T> readText, Func<YamlFields, T> readMapping) =>
    [
        .. Nodes(name).Select(item => item is YamlMappingNode
            ? readMapping(new(_file, item, _fault))
            : Read(item, text => readText(text, item.Start.Line))),
    ];

    /// <summary>All fields in their order, for a mapping whose keys are data and whose values are texts or lists of texts.</summary>
    /// <param name="readName">Reads a key.</param>
    /// <param name="read">Reads a value: its texts, and whether they stood in a list.</param>
    public IReadOnlyList<T> AllLists<TName, T>(Func<string, TName> readName, Func<TName, IReadOnlyList<string>, bool, T> read)
    {
        List<T> all = [];
        foreach ((YamlNode key, YamlNode value) in _node.Children)
        {
            TName name = Read(key, readName);
            _unread.Remove(Scalar(key));
            IReadOnlyList<string> texts = value is YamlSequenceNode items ? [.. items.Select(Scalar)] : [Scalar(value)];
            all.Add(Guarded(value, () => read(name, texts, value is YamlSequenceNode)));
        }

        return all;
    }

    /// <summary>Takes a field that has no value for one that is not there.</summary>
    public void SkipEmpty(string name)
    {
        if (_unread.GetValueOrDefault(name) is YamlScalarNode { Value: null or "", Style: ScalarStyle.Plain })
        {
            Take(name, out _);
        }
    }

    /// <summary>A fault at one field's value, or where the mapping starts when there is no such field.</summary>
    public LicensingFileException FaultAt(string name, string message) =>
        Fault(_node.Children.FirstOrDefault(field => field.Key is YamlScalarNode { Value: { } key } && key == name).Value ?? _node, message);

    /// <exception cref="LicensingFileException">A field was not read.</exception>
    public void End()
    {
        foreach ((YamlNode key, YamlNode _) in _node.Children)
        {
            if (_unread.ContainsKey(Scalar(key)))
            {
                throw Fault(key, $"there is no field '{Scalar(key)}' here; expected {string.Join(", ", _asked)}");
            }
        }
    }

    private bool Take(string name, [NotNullWhen(true)] out YamlNode? value)
    {
        _asked.Add(name);
        return _unread.Remove(name, out value);
    }

    private IEnumerable<YamlNode> Nodes(string name) => !Take(name, out YamlNode? value)
        ? []
        : value as YamlSequenceNode ?? throw Fault(value, $"'{name}' must be a list{Found(value)}");

    private T Read<T>(YamlNode node, Func<string, T> read)
    {
        string text = Scalar(node);
        return Guarded(node, () => read(text));
    }

    private T Guarded<T>(YamlNode node, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Guards.GuardSyntaxException fault)
        {
            long quote = node is YamlScalarNode { Style: ScalarStyle.Plain } ? 0 : 1;
            throw _fault(_file, node.Start.Line, node.Start.Column + quote + fault.Position, fault.Message);
        }
        catch (LicensingException fault) when (fault is not LicensingFileException)
        {
            throw Fault(node, fault.Message);
        }
    }

    private string Scalar(YamlNode node) => node is YamlScalarNode { Value: { Length: > 0 } text }
        ? text
        : throw Fault(node, $"expected a text{Found(node)}");

    private static string Found(YamlNode node) => node switch
    {
        YamlSequenceNode => ", found a list",
        YamlMappingNode => ", found a mapping",
        YamlScalarNode { Value: null or "" } => ", found nothing",
        YamlScalarNode { Value: { Length: > 80 } text } => $", found '{text[..80]}…'",
        YamlScalarNode { Value: { } text } => $", found '{text}'",
        _ => "",
    };

    private LicensingFileException Fault(YamlNode node, string message) =>
        _fault(_file, node.Start.Line, node.Start.Column, message);
}
