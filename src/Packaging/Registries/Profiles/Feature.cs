namespace ModelPack.Packaging.Registries.Profiles;

/// <summary>Whether a registry has something.</summary>
public enum Feature
{
    /// <summary>Not known: it is asked, and does without where it must.</summary>
    Probe,

    /// <summary>It has.</summary>
    Yes,

    /// <summary>It has not, and is not asked.</summary>
    No,
}
