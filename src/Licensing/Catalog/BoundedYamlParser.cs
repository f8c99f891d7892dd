using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace ModelPack.Licensing.Catalog;

/// <summary>YAML's events one by one, until one is not wanted: whoever builds a tree from them gets no alias and no deep nest.</summary>
internal sealed class BoundedYamlParser(TextReader text, string file, YamlFault fault) : IParser
{
    private const int MaxDepth = 16;

    private const int MaxValues = 100_000;

    private readonly Parser _parser = new(text);
    private int _depth;
    private int _values;

    public ParsingEvent? Current => _parser.Current;

    /// <exception cref="LicensingFileException">The next event is an anchor, an alias, a tag, or too deep or one too many.</exception>
    /// <exception cref="YamlException">The text is no YAML.</exception>
    public bool MoveNext()
    {
        if (!Advance())
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
            NodeEvent when ++_values > MaxValues => $"more than {MaxValues} values",
            _ => null,
        };
        return wrong is null ? true : throw fault(file, part.Start.Line, part.Start.Column, wrong.ReplaceLineEndings(" "));
    }

    // The parser loses its way in a flow sequence that ends within a mapping.
    private bool Advance()
    {
        try
        {
            return _parser.MoveNext();
        }
        catch (InvalidOperationException)
        {
            Mark end = _parser.Current?.End ?? Mark.Empty;
            throw fault(file, end.Line, end.Column, "a value after here ends too early or not at all; is a bracket or brace open?");
        }
    }
}
