using System.Globalization;

namespace ModelPack.Packaging.Registries.Profiles;

/// <summary>Reads registries.tsv: a line of names, then a line a registry, in the order of their names.</summary>
internal static class RegistryProfileFile
{
    /// <summary>A sign that says little.</summary>
    public const string WeakestSign = "Docker-Distribution-Api-Version";

    private const string Header = "name\thosts\tsign\tupload\tmax-chunk\tmax-layer\tmount\treferrers\tsource\tnote";

    private static readonly Lazy<RegistryProfile[]> Known = new(static () =>
    {
        using Stream stream = typeof(RegistryProfileFile).Assembly.GetManifestResourceStream("registries.tsv")!;
        using StreamReader reader = new(stream);
        return Read(reader.ReadToEnd());
    });

    /// <summary>The file that this program carries.</summary>
    public static IReadOnlyList<RegistryProfile> Profiles => Known.Value;

    /// <exception cref="FormatException">A line is not as it should be; a fault of this program.</exception>
    public static RegistryProfile[] Read(string text)
    {
        string[] lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return lines[0].TrimEnd('\r') == Header
            ? [.. lines.Skip(1).Select(static l => Row(l.TrimEnd('\r').Split('\t')))]
            : throw new FormatException($"expected the line '{Header}'");
    }

    private static RegistryProfile Row(string[] cells) => cells.Length == 10
        ? new(cells[0], Words(cells[1]), Style(cells[3]))
        {
            Sign = cells[2].Length > 0 ? cells[2] : null,
            MaxChunk = Size(cells[4]),
            MaxLayer = Size(cells[5]),
            Mount = Has(cells[6], "yes"),
            Referrers = Has(cells[7], "api"),
            Sources = cells[8].Split("; "),
            Note = cells[9],
        }
        : throw new FormatException($"{cells[0]}: {cells.Length} cells; expected 10");

    private static string[] Words(string cell) => cell.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static UploadStyle Style(string cell) => cell switch
    {
        "probe" => UploadStyle.Probe,
        "chunked" => UploadStyle.Chunked,
        "monolithic" => UploadStyle.Monolithic,
        _ => throw new FormatException($"upload '{cell}'"),
    };

    private static Feature Has(string cell, string yes) =>
        cell == yes ? Feature.Yes : cell == "probe" ? Feature.Probe : cell is "no" or "tag" ? Feature.No : throw new FormatException($"'{cell}'");

    private static long? Size(string cell)
    {
        (string Unit, long Bytes)[] units = [("GiB", 1L << 30), ("MiB", 1L << 20), ("GB", 1_000_000_000)];
        foreach ((string unit, long bytes) in units)
        {
            if (cell.EndsWith(unit, StringComparison.Ordinal))
            {
                return long.Parse(cell.AsSpan(0, cell.Length - unit.Length), CultureInfo.InvariantCulture) * bytes;
            }
        }

        return cell.Length == 0 ? null : throw new FormatException($"size '{cell}'");
    }
}
