using System.Buffers.Binary;
using System.Text;
using ModelPack.Models;
using ModelPack.Models.Gguf;
using ModelPack.Quantize.Importance;
using ModelPack.Tests.Models.Gguf;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Quantize.Importance;

public sealed class ImportanceMatrixTests
{
    [Fact]
    public void The_file_of_llama_imatrix_is_read()
    {
        string path = SharedFolder.Require("fixtures/trained-qwen3moe/golden/imatrix.gguf");
        using ImportanceMatrix matrix = ImportanceMatrix.Load(path);
        Assert.Equal((24, 60, 512), (matrix.EntryCount, matrix.ChunkCount, matrix.ChunkSize));
        Assert.EndsWith("calibration.txt", Assert.Single(matrix.Datasets));
        ImportanceEntry dense = matrix.Entries["blk.0.attn_k.weight"];
        ImportanceEntry experts = matrix.Entries["blk.1.ffn_down_exps.weight"];
        Assert.Equal((256, 1), (dense.Columns, dense.Experts));
        Assert.Equal([60 * 512f], dense.Counts);

        // 2 of the experts see each token.
        Assert.Equal(2 * 60 * 512f, experts.Counts.Sum());
        Assert.Empty(experts.SilentExperts);
        Assert.All(matrix.Entries.Values, static e => Assert.Equal(e.Values.Count, (long)e.Columns * e.Experts));

        // The first sum, read by hand.
        using GgufFile file = GgufFile.Open(path);
        byte[] first = new byte[4];
        file.ReadBytes(file.Tensors.Single(static t => t.Name == "blk.0.attn_k.weight.in_sum2"), 0, first);
        Assert.Equal(BitConverter.ToSingle(first) / (60 * 512), dense.Values.Some(0, 1)[0]);
    }

    [Fact]
    public void Sums_are_divided_by_each_experts_count_and_silent_experts_weigh_one()
    {
        using TempFolder folder = new();
        using ImportanceMatrix matrix = ImportanceMatrix.Load(Write(folder, [3, 0.1f, 7, 8, 1, 2], [3, 0, 2.5f], shape: [2, 3], countShape: [1, 3]));
        ImportanceEntry entry = matrix.Entries["t"];
        Assert.Equal([1, 0.1f / 3, 1, 1, 1f / 3, 2f / 3], entry.Values.All());
        Assert.Equal([3, 0, 3], entry.Counts);
        Assert.Equal((2, 3), (entry.Columns, entry.Experts));
        Assert.Equal([1], entry.SilentExperts);
        Assert.Equal([1, 1], entry.Values.Some(2, 2));
        Assert.True(entry.Fits(2, 3));
        Assert.False(entry.Fits(3, 3));
        Assert.Equal(["a.txt"], matrix.Datasets);
        Assert.Equal((5, 512), (matrix.ChunkCount, matrix.ChunkSize));
    }

    [Fact]
    public void A_count_below_one_half_is_none() // as std::lround has it
    {
        using TempFolder folder = new();
        using (ImportanceMatrix none = ImportanceMatrix.Load(Write(folder, [4, 6], [0.49f])))
        {
            Assert.Equal([1, 1], none.Entries["t"].Values.All());
        }

        using ImportanceMatrix one = ImportanceMatrix.Load(Write(folder, [4, 6], [0.5f]));
        Assert.Equal([4, 6], one.Entries["t"].Values.All());
    }

    [Theory]
    [InlineData(-1f, 1f, "t.in_sum2: value -1 at index 1; expected a finite number, not negative")]
    [InlineData(float.NaN, 1f, "t.in_sum2: value NaN at index 1; expected a finite number, not negative")]
    [InlineData(float.PositiveInfinity, 0f, "t.in_sum2: value Infinity at index 1; expected a finite number, not negative")]
    [InlineData(1f, -1f, "t.counts: count -1 at index 0; expected a finite number, not negative")]
    [InlineData(1f, float.NaN, "t.counts: count NaN at index 0; expected a finite number, not negative")]
    public void An_impossible_number_is_refused(float sum, float count, string message)
    {
        using TempFolder folder = new();
        Refused(Write(folder, [0, sum], [count]), $"m.gguf: {message}");
    }

    [Fact]
    public void Sums_that_the_counts_do_not_divide_are_refused()
    {
        using TempFolder folder = new();
        Refused(Write(folder, [1, 2, 3], [1, 1]), "m.gguf: t: 3 values for 2 counts; expected a multiple");
    }

    [Theory]
    [InlineData("t.in_sum2", "m.gguf: t: the tensor t.counts is missing")]
    [InlineData("t.counts", "m.gguf: t: the tensor t.in_sum2 is missing")]
    [InlineData("t.in_sum", "m.gguf: no entries in the importance matrix")]
    public void A_tensor_without_its_pair_is_refused(string name, string message)
    {
        using TempFolder folder = new();
        GgufLayout layout = GgufLayout.Create(Keys(), [(name, GgmlType.F32, [1])]);
        Refused(GgufLayoutTests.WriteZeros(folder.File("m.gguf"), layout), message);
    }

    [Fact]
    public void A_model_is_no_importance_matrix()
    {
        using TempFolder folder = new();
        GgufLayout layout = GgufLayout.Create(new() { { "general.type", GgufValue.Of("model") } }, []);
        Refused(GgufLayoutTests.WriteZeros(folder.File("m.gguf"), layout), "m.gguf: general.type: model; expected imatrix");
    }

    [Fact]
    public void Sums_of_another_type_are_refused()
    {
        using TempFolder folder = new();
        GgufLayout layout = GgufLayout.Create(Keys(), [("t.in_sum2", GgmlType.F16, [1]), ("t.counts", GgmlType.F32, [1])]);
        Refused(GgufLayoutTests.WriteZeros(folder.File("m.gguf"), layout), "m.gguf: t.in_sum2: stored as F16; expected F32");
    }

    [Theory]
    [InlineData("imatrix.datasets", "imatrix.datasets: UInt64; expected an array of strings")]
    [InlineData("imatrix.chunk_count", "imatrix.chunk_count: 7; expected an integer from 0 to 2147483647")]
    public void A_key_of_another_type_is_refused(string key, string message)
    {
        using TempFolder folder = new();
        GgufMetadata keys = Keys();
        keys[key] = GgufValue.Of(7UL);
        Refused(Write(folder, [1], [1], keys: keys), $"m.gguf: {message}");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    [InlineData(8)]
    public void The_old_format_is_read_with_and_without_its_end(int dropped)
    {
        using TempFolder folder = new();
        byte[] bytes = Legacy();
        bytes = dropped switch { 0 => bytes, 4 => bytes[..^9], _ => bytes[..^13] };
        using ImportanceMatrix matrix = ImportanceMatrix.Load(folder.Write("m.dat", bytes));
        Assert.Equal(["one", "two"], matrix.Entries.Keys.Order(StringComparer.Ordinal));
        Assert.Equal([0.1f / 3, 1, 0], matrix.Entries["one"].Values.All());
        Assert.Equal([5], matrix.Entries["two"].Values.All());
        Assert.Equal([0], matrix.Entries["two"].Counts);
        Assert.Equal((3, 1), (matrix.Entries["one"].Columns, matrix.Entries["one"].Experts));
        Assert.Equal((dropped == 8 ? 0 : 42, 0), (matrix.ChunkCount, matrix.ChunkSize));
        Assert.Equal(dropped == 0 ? ["a.txt"] : [], matrix.Datasets);
    }

    [Fact]
    public void An_entry_of_the_old_format_suits_experts_by_its_size()
    {
        ImportanceEntry entry = new("t", 6, 1, [1, 2, 3, 4, 5, 6], [9]);
        Assert.True(entry.Fits(3, 2));
        Assert.Equal([4, 5, 6], entry.Values.Some(3, 3));
        Assert.Empty(entry.SilentExperts);
    }

    [Theory]
    [InlineData(0, 0, "m.dat: neither a GGUF file nor an importance matrix of the old format: a count of 0 entries, with 59 bytes left")]
    [InlineData(0, 9999, "m.dat: neither a GGUF file nor an importance matrix of the old format: a count of 9999 entries, with 59 bytes left")]
    [InlineData(4, 0, "m.dat: entry 0: a name of 0; 55 bytes are left")]
    [InlineData(4, -1, "m.dat: entry 0: a name of -1; 55 bytes are left")]
    [InlineData(4, 56, "m.dat: entry 0: a name of 56; 55 bytes are left")]
    [InlineData(11, -1, "m.dat: one: count -1 at index 0; expected a finite number, not negative")]
    [InlineData(15, 0, "m.dat: one: a number of values of 0; 44 bytes are left")]
    [InlineData(15, 12, "m.dat: one: a number of values of 12; 44 bytes are left")]
    [InlineData(19, -1, "m.dat: one: value NaN at index 0; expected a finite number, not negative")]
    [InlineData(50, -1, "m.dat: end: -1 chunks; expected an integer from 0 to 2147483647")]
    [InlineData(54, 6, "m.dat: end: a dataset name of 6; 5 bytes are left")]
    public void A_broken_file_of_the_old_format_is_refused(int at, int value, string message)
    {
        using TempFolder folder = new();
        byte[] bytes = Legacy();
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(at), value);
        Refused(folder.Write("m.dat", bytes), message);
    }

    [Fact]
    public void An_old_file_cut_or_changed_anywhere_is_read_or_refused()
    {
        byte[] whole = Legacy();
        using TempFolder folder = new();
        for (int i = 0; i < whole.Length; i++)
        {
            Load(folder.Write("m.dat", whole.AsSpan(0, i)));
            whole[i] ^= 0xFF;
            Load(folder.Write("m.dat", whole));
            whole[i] ^= 0xFF;
        }

        static void Load(string path)
        {
            try
            {
                ImportanceMatrix.Load(path).Dispose();
            }
            catch (ModelPackException fault)
            {
                Assert.StartsWith("m.dat: ", fault.Message);
            }
        }
    }

    [Fact]
    public void A_name_that_stands_twice_is_refused()
    {
        using TempFolder folder = new();
        byte[] bytes = Legacy();
        "one"u8.CopyTo(bytes.AsSpan(35));
        Refused(folder.Write("m.dat", bytes), "m.dat: one: the entry stands twice");
    }

    [Theory]
    [InlineData("m.gguf")]
    [InlineData("m.dat")]
    public void Values_are_read_from_any_place_and_checked_again(string name)
    {
        using TempFolder folder = new();
        float[] sums = [.. Enumerable.Range(0, 70_000).Select(static i => (float)i)];
        string path = name == "m.gguf" ? Write(folder, sums, [2, 1], shape: [35_000, 2], countShape: [1, 2]) : folder.Write(name, Legacy(sums));
        using ImportanceMatrix matrix = ImportanceMatrix.Load(path);
        ImportanceValues values = matrix.Entries["t"].Values;
        Assert.Equal(70_000, values.Count);
        Assert.Equal(sums.Select((s, i) => name == "m.gguf" && i >= 35_000 ? s : s / 2), values.All());
        for (int first = 1021; first < 1027; first++)
        {
            Assert.Equal(sums.Skip(first).Take(2050).Select(static s => s / 2), values.Some(first, 2050));
        }

        // Another process changes the file while it is read.
        byte[] bytes = File.ReadAllBytes(path);
        using (FileStream file = new(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            file.Position = bytes.AsSpan().IndexOf(BitConverter.GetBytes(50_001f));
            file.Write(BitConverter.GetBytes(float.NaN));
        }

        InvalidCheckpointException fault = Assert.Throws<InvalidCheckpointException>(() => values.Some(50_000, 10));
        Assert.Contains("value NaN at index 50001; expected", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_matrix_takes_no_memory_for_its_values()
    {
        using TempFolder folder = new();
        string path = Write(folder, new float[16 << 20], [1]);
        long before = GC.GetAllocatedBytesForCurrentThread();
        using ImportanceMatrix matrix = ImportanceMatrix.Load(path);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2 << 20);
    }

    [Fact]
    public void A_missing_file_and_a_Git_LFS_pointer_are_named()
    {
        using TempFolder folder = new();
        Assert.Equal("/no/m.dat: no such file", Assert.Throws<ModelPackException>(() => ImportanceMatrix.Load("/no/m.dat")).Message);
        Refused(
            folder.Write("m.gguf", "version https://git-lfs.github.com/spec/v1\n"u8),
            "m.gguf: a Git LFS pointer, not the file itself; run 'git lfs pull' in its folder");
    }

    private static GgufMetadata Keys() => new()
    {
        { "general.type", GgufValue.Of("imatrix") },
        { "imatrix.datasets", GgufValue.OfArray<string>(["a.txt"]) },
        { "imatrix.chunk_count", GgufValue.Of(5u) },
        { "imatrix.chunk_size", GgufValue.Of(512u) },
    };

    private static string Write(
        TempFolder folder, float[] sums, float[] counts, long[]? shape = null, long[]? countShape = null, GgufMetadata? keys = null)
    {
        GgufLayout layout = GgufLayout.Create(
            keys ?? Keys(), [("t.in_sum2", GgmlType.F32, shape ?? [sums.Length]), ("t.counts", GgmlType.F32, countShape ?? [counts.Length])]);
        byte[] bytes = File.ReadAllBytes(GgufLayoutTests.WriteZeros(folder.File("m.gguf"), layout));
        Buffer.BlockCopy(sums, 0, bytes, (int)layout.DataOffset, 4 * sums.Length);
        Buffer.BlockCopy(counts, 0, bytes, (int)(layout.DataOffset + layout.Tensors[1].Offset), 4 * counts.Length);
        return folder.Write("m.gguf", bytes);
    }

    /// <summary>Entries "one" (3 batches; 0.1, 3, 0) and "two" (0 batches; 5), 42 chunks of "a.txt": 63 bytes.</summary>
    private static byte[] Legacy()
    {
        MemoryStream bytes = new();
        using BinaryWriter writer = new(bytes, Encoding.UTF8);
        writer.Write(2);
        writer.Write(3);
        writer.Write("one"u8);
        writer.Write(3);
        writer.Write(3);
        writer.Write(0.1f);
        writer.Write(3f);
        writer.Write(0f);
        writer.Write(3);
        writer.Write("two"u8);
        writer.Write(0);
        writer.Write(1);
        writer.Write(5f);
        writer.Write(42);
        writer.Write(5);
        writer.Write("a.txt"u8);
        return bytes.ToArray();
    }

    /// <summary>One entry "t" of 2 batches.</summary>
    private static byte[] Legacy(float[] sums)
    {
        MemoryStream bytes = new();
        using BinaryWriter writer = new(bytes, Encoding.UTF8);
        writer.Write(1);
        writer.Write(1);
        writer.Write("t"u8);
        writer.Write(2);
        writer.Write(sums.Length);
        Array.ForEach(sums, writer.Write);
        return bytes.ToArray();
    }

    private static void Refused(string path, string message) =>
        Assert.Equal(message, Assert.Throws<InvalidCheckpointException>(() => ImportanceMatrix.Load(path)).Message);
}
