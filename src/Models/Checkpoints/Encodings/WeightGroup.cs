namespace ModelPack.Models.Checkpoints.Encodings;

/// <summary>How one config group of compressed-tensors stores its weights.</summary>
/// <param name="Type">"int" or "float".</param>
/// <param name="Bits">Bits a weight.</param>
/// <param name="Strategy">"tensor", "channel", "group" or "block".</param>
/// <param name="Block">Weights that share a scale, for groups and blocks.</param>
internal sealed record WeightGroup(string Type, int Bits, string Strategy, (long Rows, int Columns)? Block)
{
    /// <summary>"int4 g32", "float8 channel", "float8 128x128".</summary>
    public string Name => $"{Type}{Bits} " + (Strategy, Block) switch
    {
        ("group", (_, int columns)) => $"g{columns}",
        ("block", (long rows, int columns)) => $"{rows}x{columns}",
        _ => Strategy,
    };
}
