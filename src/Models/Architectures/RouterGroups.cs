namespace ModelPack.Models.Architectures;

/// <summary>Experts in equal, consecutive groups, of which a token may use only the best few.</summary>
/// <param name="Count">Groups; 1 makes no difference.</param>
/// <param name="Active">Groups a token may use.</param>
/// <param name="BestTwo">A group's rank is the sum of its two best scores (DeepSeek-V3); otherwise its best score (V2).</param>
public sealed record RouterGroups(int Count, int Active, bool BestTwo);
