using System.Globalization;
using System.Text.RegularExpressions;

namespace ModelPack.Models.Cards;

/// <summary>The parts of a model's name: "Qwen/Qwen3-30B-A3B-Instruct-2507" and the like.</summary>
/// <param name="FullName">Name without organization; null for no name.</param>
/// <param name="Organization">Before the slash.</param>
/// <param name="Basename">"Qwen3"; null where the name does not tell.</param>
/// <param name="Finetune">"Instruct".</param>
/// <param name="Version">"2507".</param>
/// <param name="SizeLabel">"30B-A3B".</param>
/// <remarks>Rules of llama.cpp's converter (gguf-py, Metadata.get_model_id_components), so that files get the same keys.</remarks>
public sealed partial record ModelIdentity(
    string? FullName,
    string? Organization,
    string? Basename,
    string? Finetune,
    string? Version,
    string? SizeLabel)
{
    [Flags]
    private enum Part
    {
        None = 0,
        Basename = 1,
        SizeLabel = 2,
        Finetune = 4,
        Version = 8,
        Type = 16,
    }

    /// <summary>Takes a name apart.</summary>
    /// <param name="id">Hub id, folder name or plain words.</param>
    /// <param name="parameters">The model's number of weights: a "128k" that is far from it is a context length, not a size.</param>
    public static ModelIdentity Parse(string id, long parameters)
    {
        if (id.Contains(' ', StringComparison.Ordinal))
        {
            return new(id, null, null, null, null, null);
        }

        int slash = id.IndexOf('/', StringComparison.Ordinal);
        string? organization = slash < 0 ? null : id[..slash];
        string fullName = id[(slash + 1)..];
        organization = organization is { Length: > 0 } && organization[0] == '.' ? null : organization;
        string[] names = fullName.Split('-', StringSplitOptions.RemoveEmptyEntries);
        Part[] parts = new Part[names.Length];
        for (int i = 0; i < names.Length; i++)
        {
            (parts[i], names[i]) = Classify(names[i], i > 0, parameters);
        }

        PreferNumbers(names, parts);
        FindBasename(names, parts);
        string? Join(Part part, Part without = Part.None) =>
            string.Join('-', names.Where((_, i) => (parts[i] & part) != 0 && (parts[i] & without) == 0)) is { Length: > 0 } text ? text : null;
        string? size = string.Join('-', names.Where((_, i) => (parts[i] & Part.SizeLabel) != 0).Distinct(StringComparer.Ordinal));
        size = size.Length > 0 ? size : null;
        string? finetune = Join(Part.Finetune);
        string? version = Join(Part.Version, without: Part.Basename);
        string? basename = size is null && finetune is null && version is null ? null : Join(Part.Basename);
        return new(fullName, organization, basename, finetune, version, size);
    }

    /// <summary>Spells an id as a title: "qwen3-30B-a3b" gives "Qwen3 30B A3B"; versions such as v0.2 stay.</summary>
    public static string ToTitle(string id) =>
        string.Join(' ', id.Replace('-', ' ').Split(default(char[]), StringSplitOptions.RemoveEmptyEntries)
            .Select(static w => IsLower(w) && !VersionWord().IsMatch(w) ? Capitalize(w) : w));

    private static (Part Part, string Name) Classify(string name, bool notFirst, long parameters)
    {
        if (VersionPart().IsMatch(name))
        {
            return (Part.Version, name);
        }

        if (TypePart().IsMatch(name))
        {
            return (Part.Type, name.ToUpperInvariant());
        }

        if (notFirst && SizePart().IsMatch(name))
        {
            string size = NormalizeSize(name);
            return parameters > 0 && SizeOf(size) is { } weights && Math.Abs(weights - parameters) > 7 * parameters / 8
                ? (Part.Finetune, size[..^1] + char.ToLowerInvariant(size[^1]))
                : (Part.SizeLabel, size);
        }

        return notFirst && FinetunePart().IsMatch(name) ? (Part.Finetune, name) : (Part.None, name);
    }

    // "small" is no size label where another part has a number.
    private static void PreferNumbers(string[] names, Part[] parts)
    {
        bool[] sizes = [.. parts.Select(static p => (p & Part.SizeLabel) != 0)];
        if (names.Where((_, i) => sizes[i]).Any(static n => n.Any(char.IsAsciiDigit)))
        {
            for (int i = 0; i < names.Length; i++)
            {
                parts[i] &= sizes[i] && names[i].All(char.IsLetter) ? ~Part.SizeLabel : ~Part.None;
            }
        }
    }

    private static void FindBasename(string[] names, Part[] parts)
    {
        bool atStart = true;
        for (int i = 0; i < names.Length; i++)
        {
            if (atStart && ((parts[i] == Part.None && char.IsLetter(names[i][0])) || (parts[i] & Part.Version) != 0))
            {
                parts[i] |= Part.Basename;
                continue;
            }

            atStart = false;
            parts[i] = parts[i] == Part.None ? Part.Finetune : parts[i];
        }

        // A version at the end belongs to the name's version, not to its base.
        for (int i = names.Length - 1; i >= 0 && parts[i] == (Part.Basename | Part.Version); i--)
        {
            parts[i] = Part.Version;
        }
    }

    private static string NormalizeSize(string label)
    {
        label = label.Replace('_', '.');
        if (char.IsAsciiDigit(label[^1]) && label.Length > 1)
        {
            label = $"{label[..^2]}.{label[^1]}{label[^2]}"; // bloom's "7b1" is 7.1B
        }

        return label.Length > 1 && char.IsAsciiDigit(label[^2]) && "kmbt".Contains(label[^1], StringComparison.Ordinal)
            ? label[..^1] + char.ToUpperInvariant(label[^1])
            : label;
    }

    private static double? SizeOf(string label) =>
        double.TryParse(label.AsSpan(0, label.Length - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number)
            ? number * Math.Pow(1000, " KMBT".IndexOf(label[^1], StringComparison.Ordinal))
            : null;

    private static bool IsLower(string word) => word.Any(char.IsLower) && !word.Any(char.IsUpper);

    // Python's str.title: every run of letters starts with a capital.
    private static string Capitalize(string word) => string.Create(word.Length, word, static (target, source) =>
    {
        for (int i = 0; i < target.Length; i++)
        {
            bool first = i == 0 || !char.IsLetter(source[i - 1]);
            target[i] = first ? char.ToUpperInvariant(source[i]) : source[i];
        }
    });

    [GeneratedRegex(@"^(?:v[0-9]+(?:\.[0-9]+)*|[0-9].*)$", RegexOptions.CultureInvariant)]
    private static partial Regex VersionWord();

    [GeneratedRegex(@"^(?:v|iter)?[0-9]+(?:\.[0-9]+)*$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex VersionPart();

    [GeneratedRegex(@"^(?:i?q[0-9](?:_\w)*|b?fp?(?:16|32))$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex TypePart();

    [GeneratedRegex(@"^(?:(?:A|[0-9]+x)?[0-9]+(?:[._][0-9]+)?[KMBT][0-9]?|small|mini|medium|large|x?xl)$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex SizePart();

    [GeneratedRegex("^(?:chat|instruct|vision|lora)$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex FinetunePart();
}
