namespace ModelPack.Benchmarks.Quality;

/// <summary>One way to quantize the model.</summary>
/// <param name="Name">Name in the table and of the file.</param>
/// <param name="Arguments">Of "modelpack quantize", after the model.</param>
internal sealed record QualityVariant(string Name, IReadOnlyList<string> Arguments)
{
    public bool IsOnnx => Arguments.Contains("onnx");
}
