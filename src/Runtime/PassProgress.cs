namespace ModelPack.Runtime;

/// <summary>How far a pass is.</summary>
/// <param name="Layer">The layer that is computed, from 0; the number of layers for the head.</param>
/// <param name="Layers">Layers of the model.</param>
/// <param name="TokensDone">Tokens times steps that this run has done; a step is a layer, or the head.</param>
/// <param name="Tokens">Tokens times steps that this run has to do.</param>
public readonly record struct PassProgress(int Layer, int Layers, long TokensDone, long Tokens);
