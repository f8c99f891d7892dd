using BenchmarkDotNet.Attributes;
using ModelPack.Quantize;

namespace ModelPack.Benchmarks;

/// <summary>Speed of encoding 64 rows of 2048 weights.</summary>
[MemoryDiagnoser]
public class EncodeBenchmarks
{
    private readonly float[] _weights = new float[64 * 2048];
    private readonly byte[] _output = new byte[64 * 2048 * 4];

    [ParamsSource(nameof(Types))]
    public string Type { get; set; } = "q8_0";

    public static IEnumerable<string> Types => QuantType.All.Select(static t => t.Name);

    [GlobalSetup]
    public void Fill()
    {
        Random random = new(1);
        for (int i = 0; i < _weights.Length; i++)
        {
            _weights[i] = random.NextSingle() - 0.5f;
        }
    }

    [Benchmark]
    public void Encode()
    {
        QuantType type = QuantType.Parse(Type);
        type.Encode(_weights, 2048, [], _output.AsSpan(0, (int)type.Storage.SizeOf(_weights.Length)));
    }
}
