using System.Text;
using ModelPack.Licensing.Catalog;

namespace ModelPack.Licensing.Locks;

/// <summary>
/// What an audit found, to be kept beside the model (<c>modelpack.lock.yml</c>): a later audit that finds something else says so.
/// </summary>
public sealed record LicenseLock
{
    /// <summary>Version of the file format.</summary>
    public const int SchemaVersion = 1;

    /// <summary>The file's usual name.</summary>
    public const string FileName = "modelpack.lock.yml";

    /// <param name="artifacts">In any order.</param>
    /// <exception cref="LicensingException">Two artifacts share a name.</exception>
    public LicenseLock(IEnumerable<LockedArtifact> artifacts)
    {
        Artifacts = [.. artifacts.OrderBy(static artifact => artifact.Name, StringComparer.Ordinal)];
        for (int i = 1; i < Artifacts.Count; i++)
        {
            if (Artifacts[i].Name == Artifacts[i - 1].Name)
            {
                throw new LicensingException($"two artifacts of the lock are called '{Artifacts[i].Name}'");
            }
        }
    }

    /// <summary>Sorted by name.</summary>
    public IReadOnlyList<LockedArtifact> Artifacts { get; }

    /// <summary>Reads a lock file.</summary>
    /// <exception cref="InvalidLockException">It is no lock file; the message names file, line, column, what was found and what was expected.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static LicenseLock Read(string path) => Parse(YamlText.Read(path, LockReader.Fault, YamlLimits.Generated), path);

    /// <summary>Reads a lock from its text.</summary>
    /// <param name="text">YAML.</param>
    /// <param name="name">The file's name, for faults.</param>
    /// <exception cref="InvalidLockException">It is no lock.</exception>
    public static LicenseLock Parse(string text, string name) => LockReader.Read(name, text);

    /// <summary>The file's text: the same for the same content.</summary>
    public string Format() => LockText.Of(this);

    /// <summary>Writes the file; under its name it is always whole.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Write(string path)
    {
        string part = $"{path}.part";
        try
        {
            File.WriteAllText(part, Format(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
            File.Move(part, path, overwrite: true);
        }
        catch
        {
            File.Delete(part);
            throw;
        }
    }

    /// <summary>What is different now, by artifact and file.</summary>
    public static IReadOnlyList<LicenseDrift> Compare(LicenseLock old, LicenseLock current) => LockComparison.Of(old, current);
}
