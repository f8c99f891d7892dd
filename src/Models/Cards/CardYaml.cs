using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace ModelPack.Models.Cards;

/// <summary>Reads YAML from a stranger: no tags, no aliases, no deep nesting, no unbounded work.</summary>
internal static class CardYaml
{
    private const int MostDepth = 8;
    private const int MostEvents = 100_000;

    // The parser's time grows with the square of the nesting: a mebibyte of "[" would take it hours.
    private const int MostNesting = 64;

    /// <summary>Parses one document whose root is a mapping.</summary>
    /// <param name="text">YAML.</param>
    /// <param name="note">What is wrong with it; null when it could be read.</param>
    public static CardNode.Map? Parse(string text, out string? note)
    {
        try
        {
            Reader reader = new(new Parser(new StringReader(text)));
            CardNode? root = reader.Document();
            note = root is CardNode.Map ? null : "README.md: the front matter is no YAML mapping and was not used";
            return root as CardNode.Map;
        }
        catch (Exception e) when (e is YamlException or InvalidOperationException or ArgumentException)
        {
            // An unclosed bracket comes out of the parser as InvalidOperationException.
            string place = e is YamlException yaml ? $" at line {yaml.Start.Line + 1}" : "";
            note = $"README.md: the front matter is no valid YAML{place} and was not used";
            return null;
        }
    }

    private sealed class Reader(Parser parser)
    {
        private int _events;

        public CardNode? Document()
        {
            Next();
            while (parser.Current is StreamStart or DocumentStart)
            {
                Next();
            }

            return parser.Current is StreamEnd or null ? null : Node(0);
        }

        private void Next()
        {
            if (++_events > MostEvents)
            {
                throw new InvalidOperationException("too many YAML events");
            }

            parser.MoveNext();
        }

        private CardNode Node(int depth)
        {
            switch (parser.Current)
            {
                case Scalar scalar:
                    Next();
                    return new CardNode.Text(IsNull(scalar) ? null : scalar.Value);
                case AnchorAlias:
                    Next();
                    return new CardNode.Refused("a YAML alias");
                case SequenceStart or MappingStart when depth == MostDepth:
                    Skip();
                    return new CardNode.Refused($"nested more than {MostDepth} deep");
                case SequenceStart:
                    return List(depth);
                case MappingStart:
                    return Map(depth);
                default:
                    throw new InvalidOperationException("unexpected YAML event");
            }
        }

        private CardNode.List List(int depth)
        {
            List<CardNode> items = [];
            Next();
            while (parser.Current is not SequenceEnd)
            {
                items.Add(Node(depth + 1));
            }

            Next();
            return new(items);
        }

        private CardNode.Map Map(int depth)
        {
            Dictionary<string, CardNode> entries = new(StringComparer.Ordinal);
            Next();
            while (parser.Current is not MappingEnd)
            {
                CardNode key = Node(depth + 1);
                CardNode value = Node(depth + 1);
                if (key is CardNode.Text { Value: { } name })
                {
                    entries[name] = value;
                }
            }

            Next();
            return new(entries);
        }

        // Steps over a collection without recursion.
        private void Skip()
        {
            int open = 0;
            do
            {
                open += parser.Current is SequenceStart or MappingStart ? 1 : parser.Current is SequenceEnd or MappingEnd ? -1 : 0;
                if (open > MostNesting)
                {
                    throw new InvalidOperationException("YAML nested too deep");
                }

                Next();
            }
            while (open > 0);
        }

        private static bool IsNull(Scalar scalar) =>
            scalar.Style == ScalarStyle.Plain && scalar.Value is "" or "~" or "null" or "Null" or "NULL";
    }
}
