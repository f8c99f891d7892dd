namespace ModelPack.Packaging.Provenance;

/// <summary>A parameter or a finding of a build.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Texts">Its values.</param>
/// <param name="IsList">Whether there may be more than one.</param>
public sealed record ProvenanceValue(string Name, IReadOnlyList<string> Texts, bool IsList)
{
    /// <summary>One text.</summary>
    public static ProvenanceValue Of(string name, string text) => new(name, [text], IsList: false);

    /// <summary>Any number of texts.</summary>
    public static ProvenanceValue List(string name, IReadOnlyList<string> texts) => new(name, texts, IsList: true);
}
