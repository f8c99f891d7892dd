using System.Text;

namespace ModelPack.Quantize.Streaming;

/// <summary>Notes beside a partial output: what it is, and which slices are safely on disk.</summary>
/// <remarks>
/// A text file. Lines "name = value" say what must be the same to continue; after a line "begin", each line lists ranges
/// of slices: "0-17 19 21-30". Every line ends in a tab and its own checksum, so that a line which a crash tore is
/// noticed; it and all after it are ignored and written over.
/// </remarks>
internal sealed class Journal : IDisposable
{
    private const string Begin = "begin";

    private readonly FileStream _file;

    private Journal(FileStream file) => _file = file;

    /// <summary>Name of the journal of an output.</summary>
    public static string NameFor(string output) => output + ".partial.journal";

    /// <summary>Starts a journal, in place of any older one.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static Journal Create(string path, IReadOnlyList<(string Name, string Value)> fingerprint)
    {
        Journal journal = new(new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read));
        journal.Append([.. fingerprint.Select(Spell), Begin]);
        return journal;
    }

    /// <summary>Continues a journal.</summary>
    /// <param name="path">The file.</param>
    /// <param name="fingerprint">What it must be of.</param>
    /// <param name="slices">Number of slices of the plan.</param>
    /// <param name="done">Receives the slices that are on disk.</param>
    /// <returns>Null when there is no journal, or none whose beginning is whole: then nothing is known to be done.</returns>
    /// <exception cref="Models.ModelPackException">The journal belongs to another run.</exception>
    /// <exception cref="IOException">The file cannot be read or written.</exception>
    public static Journal? Continue(
        string path, IReadOnlyList<(string Name, string Value)> fingerprint, int slices, out IReadOnlyList<SliceRange> done)
    {
        done = [];
        if (!File.Exists(path))
        {
            return null;
        }

        IReadOnlyList<string> lines = JournalLine.ReadWhole(path, out long length);
        int begin = lines.ToList().IndexOf(Begin);
        if (begin < 0)
        {
            return null;
        }

        Compare(path, fingerprint, lines.Take(begin));
        done = [.. lines.Skip(begin + 1).SelectMany(static l => SliceRange.ParseAll(l)).Where(r => r.Last < slices)];
        FileStream file = new(path, FileMode.Open, FileAccess.Write, FileShare.Read);
        file.SetLength(length);
        file.Seek(0, SeekOrigin.End);
        return new Journal(file);
    }

    /// <summary>Notes slices that are on disk; returns when the note is, too.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Note(IEnumerable<SliceRange> slices) => Append([string.Join(' ', slices)]);

    public void Dispose() => _file.Dispose();

    private static string Spell((string Name, string Value) part) => $"{part.Name} = {part.Value}";

    private static void Compare(string path, IReadOnlyList<(string Name, string Value)> expected, IEnumerable<string> found)
    {
        Dictionary<string, string> old = found
            .Select(static l => l.Split(" = ", 2))
            .Where(static p => p.Length == 2)
            .DistinctBy(static p => p[0])
            .ToDictionary(static p => p[0], static p => p[1]);
        List<string> differences = [];
        foreach ((string name, string value) in expected)
        {
            if (!old.Remove(name, out string? before))
            {
                differences.Add($"{name} is new");
            }
            else if (before != value)
            {
                // Hashes say nothing to a reader.
                differences.Add(value.Length == 64 ? $"{name} differ" : $"{name} was {before}, is {value}");
            }
        }

        differences.AddRange(old.Keys.Select(static n => $"{n} is gone"));
        if (differences.Count > 0)
        {
            throw StreamingFaults.OtherRun(Path.GetFileName(path), differences);
        }
    }

    private void Append(IReadOnlyList<string> lines)
    {
        foreach (string line in lines)
        {
            _file.Write(Encoding.UTF8.GetBytes(JournalLine.Spell(line)));
        }

        _file.Flush(flushToDisk: true);
    }
}
