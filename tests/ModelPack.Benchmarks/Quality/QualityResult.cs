namespace ModelPack.Benchmarks.Quality;

/// <summary>How a variant did.</summary>
/// <param name="Bytes">Of the file or folder's weights.</param>
/// <param name="BitsPerWeight">As the tool says.</param>
/// <param name="Divergences">Mean divergence from the original on each text, in nats.</param>
/// <param name="Perplexity">Mean of the texts' perplexities over the original's.</param>
/// <param name="Agreement">Mean part of positions with the same first choice.</param>
internal sealed record QualityResult(long Bytes, double BitsPerWeight, IReadOnlyList<double> Divergences, double Perplexity, double Agreement)
{
    public double Mean => Divergences.Average();
}
