using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace ModelPack.Licensing.Catalog;

/// <summary>A YAML mapping that is read field by field; <see cref="End"/> refuses what nobody read.</summary>
internal sealed class YamlFields
{
    private readonly string _file;
    private readonly YamlMappingNode _node;
    private readonly Dictionary<string, YamlNode> _unread = [];

    public YamlFields(string file, YamlNode node)
    {
        _file = file;
        _node = node as YamlMappingNode ?? throw Fault(node, "expected a mapping of fields");
        foreach ((YamlNode key, YamlNode value) in _node.Children)
        {
            string name = Scalar(key);
            _unread[name] = value;
        }
    }

    public string Required(string name) => Optional(name) ?? throw Fault(_node, $"the field '{name}' is missing");

    public string? Optional(string name) => _unread.Remove(name, out YamlNode? value) ? Scalar(value) : null;

    /// <returns>The field read by <paramref name="read"/>, or <paramref name="absent"/>.</returns>
    public T Optional<T>(string name, T absent, Func<string, T> read) =>
        _unread.Remove(name, out YamlNode? value) ? Read(value, read) : absent;

    public T Required<T>(string name, Func<string, T> read) =>
        _unread.Remove(name, out YamlNode? value)
            ? Read(value, read)
            : throw Fault(_node, $"the field '{name}' is missing");

    public IReadOnlyList<T> List<T>(string name, Func<string, T> read) =>
        [.. Nodes(name).Select(item => Read(item, read))];

    public IReadOnlyList<YamlFields> Mappings(string name) => [.. Nodes(name).Select(item => new YamlFields(_file, item))];

    public YamlFields? Mapping(string name) =>
        _unread.Remove(name, out YamlNode? value) ? new(_file, value) : null;

    /// <summary>All fields, for a mapping whose keys are data.</summary>
    public IReadOnlyList<KeyValuePair<string, T>> All<T>(Func<string, string, T> read)
    {
        KeyValuePair<string, YamlNode>[] fields = [.. _unread.OrderBy(static field => field.Key, StringComparer.Ordinal)];
        _unread.Clear();
        return [.. fields.Select(field => KeyValuePair.Create(field.Key, Read(field.Value, text => read(field.Key, text))))];
    }

    /// <exception cref="InvalidCatalogException">A field was not read.</exception>
    public void End()
    {
        foreach ((YamlNode key, YamlNode _) in _node.Children)
        {
            if (_unread.ContainsKey(Scalar(key)))
            {
                throw Fault(key, $"there is no field '{Scalar(key)}' here");
            }
        }
    }

    private IEnumerable<YamlNode> Nodes(string name) => !_unread.Remove(name, out YamlNode? value)
        ? []
        : value as YamlSequenceNode ?? throw Fault(value, $"'{name}' must be a list");

    private T Read<T>(YamlNode node, Func<string, T> read)
    {
        string text = Scalar(node);
        try
        {
            return read(text);
        }
        catch (Guards.GuardSyntaxException fault)
        {
            long quote = ((YamlScalarNode)node).Style is ScalarStyle.Plain ? 0 : 1;
            throw new InvalidCatalogException(_file, node.Start.Line, node.Start.Column + quote + fault.Position, fault.Message);
        }
        catch (LicensingException fault) when (fault is not InvalidCatalogException)
        {
            throw Fault(node, fault.Message);
        }
    }

    private string Scalar(YamlNode node) => node is YamlScalarNode { Value: { Length: > 0 } text }
        ? text
        : throw Fault(node, "expected a text");

    private InvalidCatalogException Fault(YamlNode node, string message) =>
        new(_file, node.Start.Line, node.Start.Column, message);
}
