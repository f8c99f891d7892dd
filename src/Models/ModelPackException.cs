namespace ModelPack.Models;

/// <summary>A fault the user can act on: bad input, an unsupported model, a full disk.</summary>
/// <param name="message">
/// Names the place, the value and what was expected, in one line without a final period. Much of it may come from a
/// hostile file: control characters become "?", and what is longer than a screen is cut.
/// </param>
/// <param name="cause">The exception behind it, if any.</param>
public class ModelPackException(string message, Exception? cause = null) : Exception(Spelling.OneLine(message, LongestMessage), cause)
{
    private const int LongestMessage = 1900;
}
