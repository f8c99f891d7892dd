namespace ModelPack.Licensing.Identity;

/// <summary>How close a text is to the reference that it was recognized as.</summary>
public enum DetectionState
{
    /// <summary>Equal to the reference after normalization.</summary>
    Exact,

    /// <summary>The reference with harmless differences: re-worded names, typing errors, a text that ends early.</summary>
    Variant,

    /// <summary>A known template with added or removed normative words; it is never reported under the template's id.</summary>
    Modified,

    /// <summary>Text that no reference explains.</summary>
    Unknown,

    /// <summary>No license text: empty, binary, or prose without any.</summary>
    None,
}
