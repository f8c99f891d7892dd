using ModelPack.Models;
using ModelPack.Models.Architectures;
using ModelPack.Quantize.Calibrated;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Quantize.Calibrated;

public sealed class SolvedStoreTests : IDisposable
{
    private readonly TempFolder _temp = new();

    private static readonly TensorRole Down = new(TensorKind.ExpertDown, 0, 3);
    private static readonly TensorRole Query = new(TensorKind.AttentionQuery, 1);

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void Rows_come_back_from_this_run_and_from_a_later_one()
    {
        using (SolvedStore store = Filled())
        {
            AssertRows(store);
        }

        using SolvedStore later = new(_temp.File("s"));
        later.Begin(2);
        AssertRows(later);
        Assert.Equal(["layers.0.experts.3.down", "layers.1.attention.q"], later.Weights.Select(static w => w.Role));
    }

    [Fact]
    public void A_layer_that_was_not_finished_is_not_there()
    {
        using (SolvedStore store = Filled())
        {
            store.Add(2, Entry(Query with { Layer = 2 }, 1), new byte[8]);
        }

        using SolvedStore later = new(_temp.File("s"));
        Assert.Throws<ModelPackException>(() => later.Begin(3));
        using SolvedStore begun = new(_temp.File("s"));
        begun.Begin(2);
        Assert.Null(begun.Find(Query with { Layer = 2 }));
    }

    [Fact]
    public void A_file_that_is_shorter_than_its_index_says_is_an_error_that_names_it()
    {
        Filled().Dispose();
        using (FileStream file = new(_temp.File("s/layer-00001.rows"), FileMode.Open))
        {
            file.SetLength(9);
        }

        using SolvedStore store = new(_temp.File("s"));
        store.Begin(2);
        ModelPackException fault = Assert.Throws<ModelPackException>(() => store.Read(Query, 1, new byte[4], new byte[2], new byte[2]));
        Assert.Contains("layer-00001.rows: ends before byte", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[{\"role\":\"../x\",\"grid\":\"q4_k\",\"method\":\"gptq\",\"tokens\":1,\"shrinkage\":1,\"relativeError\":0,\"rows\":1,\"valueBytes\":1,\"scaleBytes\":0,\"zeroBytes\":0,\"offset\":0}]")]
    [InlineData("[{\"role\":\"head\",\"grid\":\"q4_k\",\"method\":\"gptq\",\"tokens\":1,\"shrinkage\":1,\"relativeError\":0,\"rows\":-1,\"valueBytes\":1,\"scaleBytes\":0,\"zeroBytes\":0,\"offset\":0}]")]
    [InlineData("[{}]")]
    [InlineData("{")]
    public void A_broken_index_is_an_error_that_names_it(string json)
    {
        Directory.CreateDirectory(_temp.File("s"));
        File.WriteAllText(_temp.File("s/layer-00000.json"), json);
        using SolvedStore store = new(_temp.File("s"));
        ModelPackException fault = Assert.Throws<ModelPackException>(() => store.Begin(1));
        Assert.Contains("layer-00000.json", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_weight_that_was_not_solved_is_an_error_that_names_it()
    {
        using SolvedStore store = Filled();
        ModelPackException fault = Assert.Throws<ModelPackException>(() => store.Read(new(TensorKind.Head), 0, new byte[1], [], []));
        Assert.Contains("head was not solved", fault.Message, StringComparison.Ordinal);
    }

    private SolvedStore Filled()
    {
        SolvedStore store = new(_temp.File("s"));
        store.Begin(0);
        store.Add(0, Entry(Down, 2), [.. Enumerable.Range(0, 16).Select(static i => (byte)i)]);
        store.Finish(0);
        store.Add(1, Entry(Query, 2), [.. Enumerable.Range(100, 16).Select(static i => (byte)i)]);
        store.Finish(1);
        return store;
    }

    private static void AssertRows(SolvedStore store)
    {
        (byte[] values, byte[] scales, byte[] zeros) = (new byte[4], new byte[2], new byte[2]);
        store.Read(Down, 1, values, scales, zeros);
        Assert.Equal([4, 5, 6, 7], values);
        Assert.Equal([10, 11], scales);
        Assert.Equal([14, 15], zeros);
        store.Read(Query, 0, values, scales, zeros);
        Assert.Equal([100, 101, 102, 103], values);
        Assert.Equal([108, 109], scales);
        Assert.Equal([112, 113], zeros);
    }

    private static SolvedEntry Entry(TensorRole role, long rows) => new()
    {
        Role = role.ToString(),
        Grid = "int4 g32 asym",
        Method = "gptq",
        Tokens = 5,
        Shrinkage = 1,
        RelativeError = 0.1,
        Rows = rows,
        ValueBytes = 4,
        ScaleBytes = 2,
        ZeroBytes = 2,
        Offset = 0,
    };
}
