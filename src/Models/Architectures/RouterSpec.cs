namespace ModelPack.Models.Architectures;

/// <summary>How a router turns its logits into experts and weights.</summary>
/// <param name="Scoring">From logits to scores.</param>
/// <param name="SelectionBias">A learned bias is added to the scores for choosing, not for weighting.</param>
/// <param name="Groups">Experts are first chosen by group; null when the model knows no groups.</param>
/// <param name="Normalize">The chosen experts' scores are divided by their sum.</param>
/// <param name="Scale">The weights are multiplied by this in the end.</param>
public sealed record RouterSpec(
    RouterScoring Scoring,
    bool SelectionBias,
    RouterGroups? Groups,
    bool Normalize,
    double Scale);
