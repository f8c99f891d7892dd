using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;
using ModelPack.Models;

namespace ModelPack.Packaging.NuGet.Feeds;

/// <summary>Finds what NuGet's configuration files know of a feed: the nearest file that names it counts.</summary>
/// <param name="files">Nearest first.</param>
/// <param name="variable">Reads environment variables.</param>
public sealed partial class NuGetSources(IReadOnlyList<string> files, Func<string, string?> variable)
{
    private const int MaxBytes = 1 << 20;
    private static readonly string[] Names = ["nuget.config", "NuGet.config", "NuGet.Config"];

    /// <summary>The files that NuGet reads in a folder: those of it and of all folders above, then the user's.</summary>
    public static NuGetSources OfUser(string folder)
    {
        List<string> files = [];
        for (DirectoryInfo? at = new(Path.GetFullPath(folder)); at is not null; at = at.Parent)
        {
            files.AddRange(Names.Select(n => Path.Combine(at.FullName, n)).Where(File.Exists).Take(1));
        }

        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        files.Add(OperatingSystem.IsWindows()
            ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData), "NuGet", "NuGet.Config")
            : Path.Combine(home, ".nuget", "NuGet", "NuGet.Config"));
        return new(files, Environment.GetEnvironmentVariable);
    }

    /// <summary>Finds a feed by its address.</summary>
    /// <returns>Null when no file names it.</returns>
    /// <exception cref="ModelPackException">A file cannot be read.</exception>
    public FeedLogin? Find(Uri address)
    {
        string? name = SourceName(address);
        if (name is null)
        {
            return null;
        }

        return FromEnvironment(name) ?? files.Where(File.Exists).Select(f => FromFile(Read(f), name)).FirstOrDefault(static l => l is not null) ?? new(name, null, false);
    }

    // <clear /> hides what farther files say.
    private string? SourceName(Uri address)
    {
        foreach (string file in files.Where(File.Exists))
        {
            XElement[] entries = [.. Section(Read(file), "packageSources")];
            int clear = Array.FindLastIndex(entries, static e => e.Name.LocalName == "clear");
            string? name = entries.Skip(clear + 1).Where(e => e.Name.LocalName == "add" && IsSame((string?)e.Attribute("value"), address))
                .Select(static e => (string?)e.Attribute("key")).LastOrDefault();
            if (name is not null || clear >= 0)
            {
                return name;
            }
        }

        return null;
    }

    private static bool IsSame(string? value, Uri address) => value is not null
        && Environment.ExpandEnvironmentVariables(value).TrimEnd('/').Equals(address.OriginalString.TrimEnd('/'), StringComparison.OrdinalIgnoreCase);

    // Names of sources are names of elements here, so that a space is _x0020_.
    private static FeedLogin? FromFile(XElement root, string name)
    {
        XElement? source = Section(root, "packageSourceCredentials").LastOrDefault(e => XmlConvert.DecodeName(e.Name.LocalName) == name);
        return source is null ? null
            : (Value("Username"), Value("ClearTextPassword"), Value("Password")) switch
            {
                ({ } user, { } password, _) => new(name, new(user, password), false),
                (_, null, { }) => new(name, null, true),
                _ => null,
            };

        string? Value(string key) => source.Elements().Where(e => (string?)e.Attribute("key") == key).Select(static e => (string?)e.Attribute("value")).LastOrDefault() is { Length: > 0 } value
            ? Environment.ExpandEnvironmentVariables(value)
            : null;
    }

    // Microsoft's own spelling: "Username=…;Password=…", then perhaps ";ValidAuthenticationTypes=…".
    private FeedLogin? FromEnvironment(string name) => Login().Match(variable($"NuGetPackageSourceCredentials_{name}") ?? "") is { Success: true } match
        ? new(name, new(match.Groups["user"].Value, match.Groups["password"].Value), false)
        : null;

    private static IEnumerable<XElement> Section(XElement root, string name) => root.Elements().Where(e => e.Name.LocalName == name).SelectMany(static e => e.Elements());

    private static XElement Read(string file)
    {
        try
        {
            if (new FileInfo(file).Length > MaxBytes)
            {
                throw new ModelPackException($"{file}: larger than {MaxBytes} bytes; expected NuGet's configuration");
            }

            using XmlReader reader = XmlReader.Create(file, new() { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null });
            return XDocument.Load(reader).Root!;
        }
        catch (XmlException fault)
        {
            // Its message may quote the file, which may hold a password.
            throw new ModelPackException($"{file}: line {fault.LineNumber}: no XML as NuGet's configuration is", fault);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new ModelPackException($"{file}: cannot be read: {fault.Message.TrimEnd('.')}", fault);
        }
    }

    [GeneratedRegex("^Username=(?<user>.+?);\\s*Password=(?<password>.+?)(;\\s*ValidAuthenticationTypes=.*)?$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Login();
}
