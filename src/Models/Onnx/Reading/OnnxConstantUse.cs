namespace ModelPack.Models.Onnx.Reading;

/// <summary>What an operator does with a constant input.</summary>
internal enum OnnxConstantUse
{
    /// <summary>Weights, one an element.</summary>
    Weights,

    /// <summary>Bytes that the operator unpacks to weights.</summary>
    Packed,

    /// <summary>Scales, zero points, tables of angles, indices.</summary>
    NoWeights,
}
