using System.Collections.Frozen;

namespace ModelPack.Licensing.Guards;

/// <summary>What is known about the user, the use and the result; a fact that nobody gave is unknown.</summary>
public sealed class Facts
{
    private readonly FrozenDictionary<string, FactValue> _values;

    private Facts(IEnumerable<KeyValuePair<string, FactValue>> values) => _values = values.ToFrozenDictionary();

    public static Facts None { get; } = new([]);

    /// <summary>Reads <c>NAME=VALUE</c> lines.</summary>
    /// <exception cref="LicensingException">A line is not of that form, gives no value of the fact's kind, or gives a fact twice.</exception>
    public static Facts Parse(IEnumerable<string> lines)
    {
        Dictionary<string, FactValue> values = [];
        foreach (string line in lines)
        {
            int equals = line.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                throw new LicensingException($"\"{line}\" is not NAME=VALUE");
            }

            string name = line[..equals].Trim();
            if (!values.TryAdd(name, ParseValue(name, line[(equals + 1)..].Trim())))
            {
                throw new LicensingException($"{name} is given twice");
            }
        }

        return new(values);
    }

    /// <summary>The names that were given, sorted.</summary>
    public IReadOnlyList<string> Names => [.. _values.Keys.Order(StringComparer.Ordinal)];

    /// <returns>The value, or null when it is unknown.</returns>
    public FactValue? Find(string name) => _values.GetValueOrDefault(name);

    /// <summary>The same facts, and one more unless it is known already.</summary>
    public Facts Presume(string name, FactValue value) =>
        _values.ContainsKey(name) ? this : new(_values.Append(new(name, value)));

    private static FactValue ParseValue(string name, string text)
    {
        // A name that no clause uses is harmless: it is kept, and the caller may warn.
        FactKind kind = FactDefinition.Find(name)?.Kind ?? FactKind.Text;
        try
        {
            return FactValue.Parse(kind, text);
        }
        catch (LicensingException fault)
        {
            throw new LicensingException($"{name}: {fault.Message}", fault);
        }
    }
}
