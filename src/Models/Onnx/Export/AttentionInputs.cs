namespace ModelPack.Models.Onnx.Export;

/// <summary>Values that the attentions of all layers use.</summary>
/// <param name="LastPositions">Position of each sequence's last token, [batch], int32.</param>
/// <param name="TotalLength">Length of the longest sequence, past included; a scalar, int32.</param>
/// <param name="Cosine">Table of cosines.</param>
/// <param name="Sine">Table of sines.</param>
/// <param name="Tokens">Number of tokens in the batch, padding included, [1], int64.</param>
internal readonly record struct AttentionInputs(string LastPositions, string TotalLength, string Cosine, string Sine, string Tokens);
