using System.Buffers.Binary;
using System.Text.Json;

namespace ModelPack.Tests.Support;

/// <summary>Logits that libllama computed from the reference conversion of a fixture, for one token sequence.</summary>
/// <param name="Name">"qwen3/logits-0.f32", for messages.</param>
/// <param name="Tokens">The sequence.</param>
/// <param name="Values">Row-major [tokens, <paramref name="Vocabulary"/>].</param>
/// <param name="Vocabulary">Logits a position.</param>
internal sealed record GoldenLogits(string Name, int[] Tokens, float[] Values, int Vocabulary)
{
    /// <summary>All sequences of a fixture; skips the test when the fixture is absent.</summary>
    /// <param name="fixture">Folder name below shared/fixtures: "qwen3".</param>
    public static IReadOnlyList<GoldenLogits> Load(string fixture)
    {
        string folder = SharedFolder.Require($"fixtures/{fixture}/golden");
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "logits.json")));
        return
        [
            .. document.RootElement.GetProperty("runs").EnumerateArray().Select(run =>
            {
                string file = run.GetProperty("file").GetString()!;
                int[] shape = [.. run.GetProperty("shape").EnumerateArray().Select(static n => n.GetInt32())];
                int[] tokens = [.. run.GetProperty("ids").EnumerateArray().Select(static n => n.GetInt32())];
                float[] values = Read(Path.Combine(folder, file));
                Assert.Equal(shape[0], tokens.Length);
                Assert.Equal(shape[0] * shape[1], values.Length);
                return new GoldenLogits($"{fixture}/{file}", tokens, values, shape[1]);
            }),
        ];
    }

    /// <summary>Relative error of each position: the norm of the difference over the norm of the reference.</summary>
    public double[] Errors(ReadOnlySpan<float> actual)
    {
        Assert.Equal(Values.Length, actual.Length);
        double[] errors = new double[Tokens.Length];
        for (int i = 0; i < errors.Length; i++)
        {
            (double difference, double norm) = (0, 0);
            for (int j = i * Vocabulary; j < (i + 1) * Vocabulary; j++)
            {
                difference += Math.Pow(actual[j] - (double)Values[j], 2);
                norm += (double)Values[j] * Values[j];
            }

            errors[i] = Math.Sqrt(difference / norm);
        }

        return errors;
    }

    /// <summary>Fails when too many positions are further off than the tolerance; NaN counts as off.</summary>
    /// <param name="actual">Row-major, as <see cref="Values"/>.</param>
    /// <param name="tolerance">Relative error of a position.</param>
    /// <param name="share">Share of positions that must be inside; under 1 where a router may flip a near-tie.</param>
    public void AssertNear(ReadOnlySpan<float> actual, double tolerance = 1e-3, double share = 1)
    {
        double[] errors = Errors(actual);
        int inside = errors.Count(e => e <= tolerance);
        Assert.True(
            inside >= share * errors.Length,
            $"{Name}: {inside} of {errors.Length} positions within {tolerance:g}; worst {errors.Max():g3} at position {Array.IndexOf(errors, errors.Max())}");
    }

    private static float[] Read(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        float[] values = new float[bytes.Length / sizeof(float)];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = BinaryPrimitives.ReadSingleLittleEndian(bytes.AsSpan(i * sizeof(float)));
        }

        return values;
    }
}
