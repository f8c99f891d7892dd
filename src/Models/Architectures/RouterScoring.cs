namespace ModelPack.Models.Architectures;

/// <summary>From router logits to scores.</summary>
public enum RouterScoring
{
    /// <summary>Softmax over all experts.</summary>
    Softmax,

    /// <summary>Logistic function of each logit.</summary>
    Sigmoid,
}
