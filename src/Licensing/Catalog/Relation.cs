namespace ModelPack.Licensing.Catalog;

/// <summary>How a result comes from a licensed work, or what is done with the result.</summary>
public enum Relation
{
    /// <summary>A change of file format that loses nothing.</summary>
    Convert,
    Quantize,
    Finetune,

    /// <summary>Weights, or code, combined into one work.</summary>
    Merge,

    /// <summary>A LoRA or another set of weights beside the base.</summary>
    Adapter,

    /// <summary>A model trained on the work's outputs.</summary>
    Distil,

    /// <summary>A model trained on the work, which is data.</summary>
    Dataset,

    /// <summary>Separate works side by side in one package.</summary>
    Aggregate,

    /// <summary>The outputs themselves.</summary>
    Outputs,

    /// <summary>Others use the result over a network.</summary>
    Host,
    Use,

    /// <summary>Others receive a copy of the result.</summary>
    Redistribute,
}
