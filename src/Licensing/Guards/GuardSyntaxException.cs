namespace ModelPack.Licensing.Guards;

/// <summary>A guard that cannot be read.</summary>
/// <param name="message">What is wrong, one line.</param>
/// <param name="position">Where in the guard's text, from 0.</param>
public sealed class GuardSyntaxException(string message, int position) : LicensingException(message)
{
    public int Position { get; } = position;
}
