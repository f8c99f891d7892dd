namespace ModelPack.Models.Architectures;

/// <summary>Rotary position embedding.</summary>
/// <param name="Base">Frequency i is Base^(-2i/Dimensions) before scaling.</param>
/// <param name="Dimensions">Leading elements of a head that are rotated; the rest passes through.</param>
/// <param name="Layout">Order of the elements in the hub's weights.</param>
/// <param name="Scaling">How positions beyond the trained length are reached.</param>
public sealed record RopeSpec(double Base, int Dimensions, RopeLayout Layout, RopeScaling Scaling);
