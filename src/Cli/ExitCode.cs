namespace ModelPack.Cli;

/// <summary>The exit codes pipelines rely on; never renumber one.</summary>
internal static class ExitCode
{
    public const int Success = 0;
    public const int Failure = 1;
    public const int Usage = 2;
    public const int PolicyViolation = 3;
    public const int TryAgain = 75;
    public const int Cancelled = 130;
}
