namespace ModelPack.Models.Checkpoints.Encodings;

/// <summary>fp8 weights with a scale for each block, row or tensor: quant_method fp8, fbgemm_fp8 and modelopt FP8.</summary>
internal sealed class Fp8Encoding : WeightEncoding
{
    private readonly (long Rows, int Columns)[] _blocks;

    /// <param name="settings">quantization_config; weight_block_size is optional.</param>
    public Fp8Encoding(ModelConfig settings)
    {
        _blocks = settings.Integers("weight_block_size") switch
        {
            [] => [],
            [int rows and > 0, int columns and > 0] => [(rows, columns)],
            _ => throw settings.Fault("weight_block_size", "two positive integers"),
        };
    }

    /// <inheritdoc/>
    public override string Name => _blocks is [(long rows, int columns)] ? $"fp8 {rows}x{columns}" : "fp8";

    /// <inheritdoc/>
    public override IEnumerable<CheckpointTensor> Decode(StoredTensors stored) => ScaledWeights.Claim(stored, _blocks);
}
