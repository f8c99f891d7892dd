namespace ModelPack.Licensing.Catalog;

/// <summary>An answer, from the mildest to the worst; the worst finding is the verdict of a question.</summary>
public enum Verdict
{
    /// <summary>Nothing is asked.</summary>
    Allowed,

    /// <summary>Allowed when the findings' duties are met.</summary>
    Obligations,

    /// <summary>A person has to decide: a fact is missing, a license is not known, or its text does not settle the question.</summary>
    Review,

    /// <summary>The license does not permit it.</summary>
    Denied,
}
