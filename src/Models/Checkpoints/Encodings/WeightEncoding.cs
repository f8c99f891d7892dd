namespace ModelPack.Models.Checkpoints.Encodings;

/// <summary>A way to store weights with companions: claims the stored tensors it knows and gives the logical ones they make.</summary>
internal abstract class WeightEncoding
{
    /// <summary>What a user would call it: "fp8 128x128".</summary>
    public abstract string Name { get; }

    /// <summary>Claims all tensors of this encoding; plain tensors are left for the caller.</summary>
    public abstract IEnumerable<CheckpointTensor> Decode(StoredTensors stored);
}
