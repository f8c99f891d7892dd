namespace ModelPack.Licensing.Identity;

/// <summary>What a file's name promises about its content; it decides how strictly text beside a license is read.</summary>
internal enum LicenseFileKind
{
    /// <summary>LICENSE, COPYING, USE_POLICY: all of the text is terms.</summary>
    Terms,

    /// <summary>NOTICE: terms of several parties with text between them.</summary>
    Notice,

    /// <summary>README and everything else: prose that may hold a license.</summary>
    Prose,
}
