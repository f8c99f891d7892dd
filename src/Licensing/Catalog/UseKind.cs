namespace ModelPack.Licensing.Catalog;

/// <summary>Who the result is for.</summary>
public enum UseKind
{
    /// <summary>Inside one organization.</summary>
    Internal,

    /// <summary>A person, not for an organization; not commercial unless a fact says otherwise.</summary>
    Personal,

    /// <summary>Others use it over a network.</summary>
    Saas,

    /// <summary>Others receive copies.</summary>
    Redistribute,
}
