using ModelPack.Models.Tensors;

namespace ModelPack.Models.Checkpoints.Encodings;

/// <summary>Weights of one byte with scales beside them, as fp8, modelopt and compressed-tensors' unpacked formats store them.</summary>
internal static class ScaledWeights
{
    private static readonly string[] ScaleEndings = ["_scale_inv", "_scale"];

    /// <summary>Claims every "X" that has an "X_scale_inv" or "X_scale" beside it, with its scales and zero points.</summary>
    /// <param name="stored">Unclaimed tensors.</param>
    /// <param name="blocks">Block sizes that the configuration names; may be empty.</param>
    public static IEnumerable<CheckpointTensor> Claim(StoredTensors stored, IReadOnlyList<(long Rows, int Columns)> blocks)
    {
        foreach (string ending in ScaleEndings)
        {
            foreach (string name in stored.Stems(ending).Where(stored.Has))
            {
                StoredTensor weights = stored.Take(name)!;
                yield return Build(weights, stored.Take(name + ending)!, stored.Take(name + "_zero_point"), blocks);
            }
        }
    }

    private static CheckpointTensor Build(
        StoredTensor weights, StoredTensor scales, StoredTensor? zeros, IReadOnlyList<(long Rows, int Columns)> blocks)
    {
        TensorInfo info = weights.Info;
        if (info.Type is not (DType.F8E4M3 or DType.F8E5M2 or DType.I8))
        {
            throw new InvalidCheckpointException($"{weights.Place}: {info.Type} weights with scales; expected F8E4M3, F8E5M2 or I8");
        }

        if (zeros is not null && !zeros.Info.Shape.SequenceEqual(scales.Info.Shape))
        {
            Packing.Check(zeros, [zeros.Info.Type], [.. scales.Info.Shape]);
        }

        string[] names = zeros is null ? [info.Name, scales.Info.Name] : [info.Name, scales.Info.Name, zeros.Info.Name];
        TensorSource codes = StoredSource.Of(weights);
        return new CheckpointTensor(info.Name, info.Shape, codes.Rows == 0 ? codes : Scale(codes, weights, scales, zeros, blocks), names);
    }

    private static ScaledSource Scale(
        TensorSource codes, StoredTensor weights, StoredTensor scales, StoredTensor? zeros, IReadOnlyList<(long Rows, int Columns)> blocks)
    {
        (ScaleGrid grid, int width) = GridOf(weights, scales, blocks);
        return new ScaledSource(codes, zeros is null ? null : Table(zeros, width), Table(scales, width), grid);
    }

    /// <summary>Scales as a matrix of so many columns.</summary>
    private static StoredSource Table(StoredTensor scales, int width) =>
        StoredSource.Of(scales, scales.Info.Count / width, width);

    private static (ScaleGrid Grid, int Width) GridOf(
        StoredTensor weights, StoredTensor scales, IReadOnlyList<(long Rows, int Columns)> blocks)
    {
        (IReadOnlyList<long> shape, IReadOnlyList<long> scaleShape) = (weights.Info.Shape, scales.Info.Shape);
        foreach ((long Rows, int Columns) block in blocks)
        {
            if (ScaleGrid.Tiled(shape, scaleShape, block) is ScaleGrid tiled)
            {
                return (tiled, (int)scaleShape[^1]);
            }
        }

        if (ScaleGrid.Leading(shape, scaleShape) is ScaleGrid leading)
        {
            return (leading, 1);
        }

        string sizes = string.Concat(blocks.Select(static b => $" one for each block of {b.Rows}x{b.Columns},"));
        throw new InvalidCheckpointException(
            $"{scales.Place}: {Spelling.Shape(scaleShape)} for weights {Spelling.Shape(shape)}; expected{sizes} one for each row or a single one");
    }
}
