namespace ModelPack.Licensing.Policy;

/// <summary>A policy file that breaks the rules of docs/policy.md.</summary>
/// <param name="file">The file's name.</param>
/// <param name="line">From 1.</param>
/// <param name="column">From 1.</param>
/// <param name="message">What is wrong and what was expected, one line.</param>
public sealed class InvalidPolicyException(string file, long line, long column, string message)
    : LicensingFileException(file, line, column, message);
