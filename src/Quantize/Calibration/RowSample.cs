namespace ModelPack.Quantize.Calibration;

/// <summary>Which rows of an expert's input are shown.</summary>
public enum RowSample
{
    /// <summary>The tokens that the router sent there; for anything but experts, all tokens.</summary>
    Routed,

    /// <summary>Tokens that went elsewhere although the router's score for this expert was high: for experts that saw too few.</summary>
    NearMiss,
}
