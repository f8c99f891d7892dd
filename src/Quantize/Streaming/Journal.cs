using System.Text;

namespace ModelPack.Quantize.Streaming;

/// <summary>Notes beside a partial output: what it is, and which slices are safely on disk.</summary>
/// <remarks>
/// A text file. Lines "name = value" say what must be the same to continue; after a line "begin", each line lists ranges
/// of slices: "0-17 19 21-30". Every line ends in a tab and its own checksum, so that a line which a crash tore is
/// noticed; it and all after it are ignored and written over. An open journal is locked: it is what keeps two runs from
/// writing one output.
/// </remarks>
internal sealed class Journal : IDisposable
{
    private const string Begin = "begin";

    private readonly FileStream _file;

    private Journal(FileStream file) => _file = file;

    /// <summary>Name of the journal of an output.</summary>
    public static string NameFor(string output) => output + ".partial.journal";

    /// <summary>Locks a journal and empties it: from here on it says of no slice that it is on disk.</summary>
    /// <exception cref="IOException">The file cannot be written, or another run holds it.</exception>
    public static Journal Create(string path)
    {
        Journal journal = new(Open(path, FileMode.OpenOrCreate));
        journal._file.SetLength(0);
        journal._file.Flush(flushToDisk: true);
        return journal;
    }

    /// <summary>Continues a journal.</summary>
    /// <param name="path">The file.</param>
    /// <param name="fingerprint">What it must be of.</param>
    /// <param name="slices">Number of slices of the plan.</param>
    /// <param name="done">Receives the slices that are on disk.</param>
    /// <returns>Null when there is no journal, or none whose beginning is whole: then nothing is known to be done.</returns>
    /// <exception cref="Models.ModelPackException">The journal belongs to another run.</exception>
    /// <exception cref="IOException">The file cannot be read or written, or another run holds it.</exception>
    public static Journal? Continue(
        string path, IReadOnlyList<(string Name, string Value)> fingerprint, int slices, out IReadOnlyList<SliceRange> done)
    {
        done = [];
        if (!File.Exists(path))
        {
            return null;
        }

        Journal journal = new(Open(path, FileMode.Open));
        try
        {
            IReadOnlyList<string> lines = JournalLine.ReadWhole(journal._file, out long length);
            int begin = lines.ToList().IndexOf(Begin);
            if (begin < 0)
            {
                journal.Dispose();
                return null;
            }

            Compare(path, fingerprint, lines.Take(begin));
            done = [.. lines.Skip(begin + 1).SelectMany(static l => SliceRange.ParseAll(l)).Where(r => r.Last < slices)];
            journal._file.SetLength(length);
            journal._file.Seek(0, SeekOrigin.End);
            return journal;
        }
        catch
        {
            journal.Dispose();
            throw;
        }
    }

    /// <summary>Notes what must be the same to continue.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Start(IReadOnlyList<(string Name, string Value)> fingerprint) => Append([.. fingerprint.Select(Spell), Begin]);

    /// <summary>Notes slices that are on disk; returns when the note is, too.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Note(IEnumerable<SliceRange> slices) => Append([string.Join(' ', slices)]);

    /// <summary>Removes the file.</summary>
    /// <exception cref="IOException">The file cannot be removed.</exception>
    public void Drop()
    {
        // While it is still locked, where a file that is open can be removed: nobody else shall have begun with it.
        if (OperatingSystem.IsWindows())
        {
            _file.Dispose();
        }

        File.Delete(_file.Name);
        _file.Dispose();
    }

    public void Dispose() => _file.Dispose();

    private static FileStream Open(string path, FileMode mode) => new(path, mode, FileAccess.ReadWrite, FileShare.None);

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
