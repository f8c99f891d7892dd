using ModelPack.Models.Architectures;

namespace ModelPack.Quantize.Calibration;

/// <summary>An input of linear layers, and the weights that see it.</summary>
/// <param name="Place">Where.</param>
/// <param name="Layer">Layer, from 0; the number of layers for the head.</param>
/// <param name="Expert">Routed expert; null for anything else.</param>
/// <param name="Width">Length of a row.</param>
/// <param name="Weights">Roles of the weights, each [outputs, <see cref="Columns"/>]; experts with their number.</param>
public sealed record LinearInput(LinearPlace Place, int Layer, int? Expert, int Width, IReadOnlyList<TensorRole> Weights)
{
    /// <summary>
    /// Matrices of each weight, one behind the other: each sees its own part of a row, of Width / Matrices columns. More than 1 for what
    /// works head by head.
    /// </summary>
    public int Matrices { get; init; } = 1;

    /// <summary>Columns of a matrix.</summary>
    public int Columns => Width / Matrices;

    /// <summary>Two inputs are the same when place, layer and expert are.</summary>
    public bool Equals(LinearInput? other) =>
        other is not null && (Place, Layer, Expert) == (other.Place, other.Layer, other.Expert);

    /// <inheritdoc />
    public override int GetHashCode() => HashCode.Combine(Place, Layer, Expert);
}
