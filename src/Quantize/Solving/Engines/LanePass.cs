namespace ModelPack.Quantize.Solving.Engines;

/// <summary>What is done with the columns of a block.</summary>
internal enum LanePass
{
    /// <summary>Codes are chosen, errors go to later columns.</summary>
    Choose,

    /// <summary>The nearest codes are measured.</summary>
    Measure,

    /// <summary>Errors of the chosen codes are written again.</summary>
    Restore,

    /// <summary>Codes are chosen again beside all others, in the order of rounding.</summary>
    Forth,

    /// <summary>The same, in the reverse of it.</summary>
    Back,
}
