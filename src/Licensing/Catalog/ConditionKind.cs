namespace ModelPack.Licensing.Catalog;

/// <summary>What a condition is about; each kind has one finding code (<see cref="Compatibility.FindingCode"/>).</summary>
public enum ConditionKind
{
    /// <summary>Give recipients the license.</summary>
    Copy,

    /// <summary>Keep or print an attribution notice.</summary>
    Notice,

    /// <summary>State that files were changed.</summary>
    Changes,

    /// <summary>Bind recipients to the use restrictions.</summary>
    PassOn,

    /// <summary>Show a statement to users.</summary>
    Display,

    /// <summary>Name the result as the license wants it.</summary>
    Name,

    /// <summary>Keep to an acceptable use policy or a list of restrictions.</summary>
    Policy,

    /// <summary>Offer the source.</summary>
    Source,

    /// <summary>Another duty.</summary>
    Duty,

    /// <summary>A field of use.</summary>
    Field,

    /// <summary>A place of use or a home of the user.</summary>
    Territory,

    /// <summary>A limit of users, visits or revenue.</summary>
    Scale,

    /// <summary>Commercial use.</summary>
    Commercial,

    /// <summary>Training other models, with the work or its outputs.</summary>
    Training,

    /// <summary>Sharing changed versions.</summary>
    Derivatives,

    /// <summary>A registration or application.</summary>
    Registration,

    /// <summary>Technical safeguards.</summary>
    Safeguards,
}
