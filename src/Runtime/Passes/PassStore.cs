namespace ModelPack.Runtime.Passes;

/// <summary>Activations of all tokens that outlive a batch.</summary>
internal enum PassStore
{
    /// <summary>The residual stream.</summary>
    Residual,

    /// <summary>Its norm before experts.</summary>
    Normed,

    /// <summary>The heads' values.</summary>
    Heads,

    /// <summary>Latent attention's query; key and value; rotated part.</summary>
    Latents,

    /// <summary>Inner activations of a dense feed-forward or of the shared experts.</summary>
    Inner,
}
