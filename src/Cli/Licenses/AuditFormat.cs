namespace ModelPack.Cli.Licenses;

/// <summary>Formats of an audit's report; their names in lower case are what users type.</summary>
internal enum AuditFormat
{
    /// <summary>A tree for people.</summary>
    Text,

    /// <summary>Our own document.</summary>
    Json,

    /// <summary>SARIF 2.1.0, for code scanning.</summary>
    Sarif,

    /// <summary>JUnit XML, for test reports.</summary>
    JUnit,

    /// <summary>CycloneDX 1.6.</summary>
    CycloneDx,

    /// <summary>SPDX 2.3.</summary>
    Spdx,
}
