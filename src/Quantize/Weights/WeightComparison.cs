using System.Buffers;
using System.Collections.Concurrent;
using ModelPack.Models;
using ModelPack.Models.Architectures;
using ModelPack.Models.Conversion;
using ModelPack.Models.Tensors;

namespace ModelPack.Quantize.Weights;

/// <summary>Compares all matrices of two models of one architecture: what a quantizer did to each.</summary>
public static class WeightComparison
{
    private const int StretchWeights = 1 << 18;

    /// <summary>Reads both models once.</summary>
    /// <param name="reference">The weights as they were.</param>
    /// <param name="model">The weights as they are.</param>
    /// <param name="importance">Sums of squares of what enters a matrix, a number a column; null where it is not known.</param>
    /// <param name="threads">Matrices compared at once.</param>
    /// <param name="cancel">Ends it between matrices.</param>
    /// <returns>Every matrix that both have, in the order of a forward pass.</returns>
    /// <exception cref="InvalidCheckpointException">A matrix has another shape there.</exception>
    public static IReadOnlyList<WeightError> Compare(
        ModelWeights reference, ModelWeights model, Func<TensorRole, IReadOnlyList<float>?> importance, int threads, CancellationToken cancel)
    {
        ConcurrentBag<WeightError> errors = [];
        TensorRole[] roles = [.. reference.Tensors.Keys.Where(r => IsMatrix(r) && model.Tensors.ContainsKey(r))];
        try
        {
            Parallel.ForEach(roles, new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancel }, role =>
                errors.Add(Compare(role, reference.Tensors[role], model.Tensors[role], importance(role))));
        }
        catch (AggregateException faults)
        {
            throw faults.InnerExceptions.OfType<ModelPackException>().FirstOrDefault() ?? faults.InnerExceptions[0];
        }

        return [.. errors.OrderBy(static e => e.Role.Layer ?? -1).ThenBy(static e => e.Role.Kind).ThenBy(static e => e.Role.Expert ?? -1)];
    }

    private static bool IsMatrix(TensorRole role) => !role.Bias && role.Kind is not (
        TensorKind.OutputNorm or TensorKind.RopeFactors or TensorKind.AttentionNorm or TensorKind.AttentionQueryNorm
        or TensorKind.AttentionKeyNorm or TensorKind.AttentionQueryDownNorm or TensorKind.AttentionKeyValueDownNorm
        or TensorKind.FeedForwardNorm or TensorKind.RouterBias);

    private static WeightError Compare(TensorRole role, TensorSource reference, TensorSource model, IReadOnlyList<float>? importance)
    {
        if (reference.Rows != model.Rows || reference.Columns != model.Columns)
        {
            throw new InvalidCheckpointException(
                $"{role}: {model.Rows} × {model.Columns} weights; expected the {reference.Rows} × {reference.Columns} of the reference");
        }

        int columns = reference.Columns;
        int granularity = Math.Max(reference.RowGranularity, model.RowGranularity);
        int step = (int)Math.Min(reference.Rows, (long)granularity * Math.Max(1, StretchWeights / columns / granularity));
        float[] before = ArrayPool<float>.Shared.Rent(checked(step * columns));
        float[] after = ArrayPool<float>.Shared.Rent(checked(step * columns));
        double[] error = new double[columns];
        double[] power = new double[columns];
        try
        {
            for (long row = 0; row < reference.Rows; row += step)
            {
                int count = (int)Math.Min(step, reference.Rows - row) * columns;
                reference.Read(row, before.AsSpan(0, count));
                model.Read(row, after.AsSpan(0, count));
                Add(before.AsSpan(0, count), after.AsSpan(0, count), error, power);
            }
        }
        finally
        {
            ArrayPool<float>.Shared.Return(before);
            ArrayPool<float>.Shared.Return(after);
        }

        return Sum(role, error, power, importance is { } known && known.Count == columns && known.Any(static v => v > 0) ? known : null);
    }

    private static void Add(ReadOnlySpan<float> before, ReadOnlySpan<float> after, double[] error, double[] power)
    {
        for (int start = 0; start < before.Length; start += error.Length)
        {
            for (int i = 0; i < error.Length; i++)
            {
                double weight = before[start + i];
                double difference = after[start + i] - weight;
                error[i] += difference * difference;
                power[i] += weight * weight;
            }
        }
    }

    private static WeightError Sum(TensorRole role, double[] error, double[] power, IReadOnlyList<float>? importance)
    {
        (double errors, double powers) = (0, 0);
        for (int i = 0; i < error.Length; i++)
        {
            double factor = importance?[i] ?? 1;
            errors += factor * error[i];
            powers += factor * power[i];
        }

        return new(role, errors, powers, importance is not null);
    }
}
