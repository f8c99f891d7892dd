namespace ModelPack.Packaging.Transfers;

/// <summary>How far a transfer is.</summary>
/// <param name="Done">Bytes done.</param>
/// <param name="Total">Bytes in all.</param>
/// <param name="Skipped">Bytes of those done that were there before.</param>
/// <param name="Item">What is under way.</param>
public sealed record TransferProgress(long Done, long Total, long Skipped, string Item);
