namespace ModelPack.Runtime;

/// <summary>Takes logits, in the order of windows and of positions in them.</summary>
/// <param name="window">Index of the window.</param>
/// <param name="firstPosition">Position of the first row.</param>
/// <param name="logits">Row-major, vocabulary columns; only valid during the call.</param>
public delegate void LogitsSink(int window, int firstPosition, ReadOnlySpan<float> logits);
