namespace ModelPack.Licensing.Guards;

/// <summary>A piece of a guard's text.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">Its characters; of a quoted text, those between the quotes.</param>
/// <param name="Position">Where it starts in the text, from 0.</param>
internal readonly record struct GuardToken(GuardTokenKind Kind, string Text, int Position);
