namespace ModelPack.Runtime.Calibration;

/// <summary>How far a calibration is.</summary>
/// <param name="Round">From 0; more than one only where starved experts ask for more text.</param>
/// <param name="Layer">The layer that is computed.</param>
/// <param name="Layers">Layers of the model.</param>
/// <param name="TokensDone">Tokens that are done, those of earlier rounds counted.</param>
/// <param name="Tokens">Tokens asked for so far.</param>
public readonly record struct CalibrationProgress(int Round, int Layer, int Layers, long TokensDone, long Tokens);
