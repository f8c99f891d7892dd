namespace ModelPack.Licensing.Catalog;

/// <summary>How much of a YAML file is read.</summary>
/// <param name="Bytes">Longest file.</param>
/// <param name="Values">Most texts, lists and mappings in it.</param>
internal sealed record YamlLimits(int Bytes, int Values)
{
    /// <summary>For files that people write.</summary>
    public static YamlLimits Written { get; } = new(1024 * 1024, 100_000);

    /// <summary>For files that this program writes: a line for every license file of a large tree.</summary>
    public static YamlLimits Generated { get; } = new(32 * 1024 * 1024, 1_000_000);
}
