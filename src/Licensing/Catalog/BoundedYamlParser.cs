using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace ModelPack.Licensing.Catalog;

/// <summary>YAML's events one by one, until one is not wanted: whoever builds a tree from them gets no alias and no deep nest.</summary>
internal sealed class BoundedYamlParser(TextReader text, string file, YamlFault fault, YamlLimits limits) : IParser
{
    private const int MaxDepth = 16;

    private readonly Parser _parser = new(text);
    private int _depth;
    private int _values;

    public ParsingEvent? Current => _parser.Current;

    /// <exception cref="LicensingFileException">The next event is an anchor, an alias, a tag, or too deep or one too many.</exception>
    /// <exception cref="YamlException">The text is no YAML.</exception>
    public bool MoveNext()
    {
        if (!_parser.MoveNext())
        {
            return false;
        }

        ParsingEvent part = _parser.Current!;
        _depth += part.NestingIncrease;
        string? wrong = part switch
        {
            AnchorAlias alias => $"the alias '*{alias.Value}' is not read here; write the value out",
            NodeEvent { Anchor.IsEmpty: false } node => $"the anchor '&{node.Anchor}' is not read here; write the value out",
            NodeEvent { Tag.IsEmpty: false } node => $"the tag '{node.Tag}' is not read here; write a plain value",
            _ when _depth > MaxDepth => $"nested deeper than {MaxDepth} levels",
            NodeEvent when ++_values > limits.Values => $"more than {limits.Values} values",
            _ => null,
        };
        return wrong is null ? true : throw fault(file, part.Start.Line, part.Start.Column, wrong.ReplaceLineEndings(" "));
    }
}
