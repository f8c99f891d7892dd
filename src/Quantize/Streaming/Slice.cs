namespace ModelPack.Quantize.Streaming;

/// <summary>A run of whole rows of one tensor: the unit of work, of writing and of resuming.</summary>
/// <param name="Index">Number in the plan, from 0.</param>
/// <param name="Tensor">Index of the tensor in the plan.</param>
/// <param name="FirstRow">First row.</param>
/// <param name="Rows">Number of rows, at least 1.</param>
internal readonly record struct Slice(int Index, int Tensor, long FirstRow, int Rows);
