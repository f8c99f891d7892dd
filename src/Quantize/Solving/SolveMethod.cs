namespace ModelPack.Quantize.Solving;

/// <summary>How codes are chosen.</summary>
public enum SolveMethod
{
    /// <summary>Scales by importance; codes with the Hessian of the input, each column correcting for those before it.</summary>
    Gptq,

    /// <summary>Scales by importance, the nearest codes.</summary>
    Importance,

    /// <summary>Every weight counts the same, the nearest codes.</summary>
    Rtn,
}
