using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace ModelPack.Models.Gguf;

/// <summary>Metadata of a GGUF file: keys in file order, each with one typed value.</summary>
public sealed class GgufMetadata : IEnumerable<KeyValuePair<string, GgufValue>>
{
    private readonly List<KeyValuePair<string, GgufValue>> _entries = [];
    private readonly Dictionary<string, int> _places = [];

    /// <summary>Number of keys.</summary>
    public int Count => _entries.Count;

    /// <summary>Gets a value, or sets it: a new key goes to the end, a known one keeps its place.</summary>
    /// <exception cref="KeyNotFoundException">No such key.</exception>
    public GgufValue this[string key]
    {
        get => _entries[_places[key]].Value;
        set
        {
            if (_places.TryGetValue(key, out int place))
            {
                _entries[place] = new(key, value);
            }
            else
            {
                _places.Add(key, _entries.Count);
                _entries.Add(new(key, value));
            }
        }
    }

    /// <summary>Whether the key is present.</summary>
    public bool Contains(string key) => _places.ContainsKey(key);

    /// <summary>Finds a value.</summary>
    public bool TryGet(string key, [NotNullWhen(true)] out GgufValue? value)
    {
        value = _places.TryGetValue(key, out int place) ? _entries[place].Value : null;
        return value is not null;
    }

    /// <summary>Removes a key; false when there was none.</summary>
    public bool Remove(string key)
    {
        if (!_places.Remove(key, out int place))
        {
            return false;
        }

        _entries.RemoveAt(place);
        for (int i = place; i < _entries.Count; i++)
        {
            _places[_entries[i].Key] = i;
        }

        return true;
    }

    /// <summary>A copy that can be changed without touching this one; values are immutable and shared.</summary>
    public GgufMetadata Copy()
    {
        GgufMetadata copy = [];
        foreach ((string key, GgufValue value) in _entries)
        {
            copy[key] = value;
        }

        return copy;
    }

    /// <summary>Adds a key that must be new; lets metadata be written as a collection expression.</summary>
    /// <exception cref="ArgumentException">The key is already present.</exception>
    public void Add(string key, GgufValue value)
    {
        if (Contains(key))
        {
            throw new ArgumentException($"The key '{key}' is already present.", nameof(key));
        }

        this[key] = value;
    }

    public IEnumerator<KeyValuePair<string, GgufValue>> GetEnumerator() => _entries.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
