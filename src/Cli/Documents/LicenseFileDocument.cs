namespace ModelPack.Cli.Documents;

/// <summary>One license in one file.</summary>
internal sealed record LicenseFileDocument
{
    /// <summary>The path as given, or below the folder that was given.</summary>
    public required string Path { get; init; }

    /// <summary>SPDX or LicenseRef id; NOASSERTION for an unknown text, NONE where there is none.</summary>
    public required string Id { get; init; }

    /// <summary>exact, variant, modified, unknown or none.</summary>
    public required string State { get; init; }

    /// <summary>0…1.</summary>
    public required double Similarity { get; init; }

    /// <summary>The license that a modified text started from, or the closest to an unknown one.</summary>
    public string? Base { get; init; }

    /// <summary>Other ids with the same text.</summary>
    public IReadOnlyList<string>? SameText { get; init; }

    /// <summary>First line of the text, from 1.</summary>
    public required int FirstLine { get; init; }

    /// <summary>Last line of the text.</summary>
    public required int LastLine { get; init; }

    public required IReadOnlyList<string> Evidence { get; init; }
}
