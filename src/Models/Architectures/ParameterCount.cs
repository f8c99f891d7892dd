namespace ModelPack.Models.Architectures;

/// <summary>How many weights a model has, and how many of them one token meets.</summary>
/// <param name="Total">All weights; tied embeddings once.</param>
/// <param name="Active">Without the experts that a token is not sent to; embedding and head count in full.</param>
public sealed record ParameterCount(long Total, long Active)
{
    /// <summary>Counts from the spec alone.</summary>
    public static ParameterCount Of(DecoderSpec spec)
    {
        long total = 0;
        long active = 0;
        foreach (DecoderTensor tensor in DecoderTensors.Of(spec))
        {
            long count = tensor.Count;
            total = checked(total + count);
            active += TensorRole.IsExpert(tensor.Role.Kind)
                && spec.Layers[tensor.Role.Layer!.Value].FeedForward is FeedForwardSpec.Experts experts
                ? count / experts.Count * experts.Active
                : count;
        }

        return new(total, active);
    }
}
