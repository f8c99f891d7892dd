namespace ModelPack.Quantize.Budget;

/// <summary>What one item got.</summary>
/// <param name="Name">Path of its role.</param>
/// <param name="Type">The type that was chosen.</param>
/// <param name="Bytes">Bytes it takes.</param>
/// <param name="Loss">Its predicted loss.</param>
/// <param name="Smallest">Bytes of its smallest option: the difference was bought.</param>
/// <param name="SmallestLoss">Predicted loss of that option: the difference is what it bought.</param>
public sealed record Purchase(string Name, string Type, long Bytes, double Loss, long Smallest, double SmallestLoss);
