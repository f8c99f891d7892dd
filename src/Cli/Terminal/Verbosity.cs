namespace ModelPack.Cli.Terminal;

/// <summary>How much goes to stderr.</summary>
internal enum Verbosity
{
    /// <summary>Errors only.</summary>
    Quiet,

    /// <summary>Progress and warnings.</summary>
    Normal,

    /// <summary>Every decision, and stack traces of internal errors.</summary>
    Detailed,
}
