using ModelPack.Models;
using ModelPack.Quantize.Streaming;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Quantize.Streaming;

public sealed class JournalTests
{
    private static readonly (string, string)[] Fingerprint =
        [("preset", "q8_0"), ("metadata", new string('a', 64)), ("source m.safetensors", "5 bytes, 2026")];

    private static string Write(TempFolder folder, params SliceRange[][] notes)
    {
        string path = folder.File("m.gguf.partial.journal");
        using Journal journal = Journal.Create(path);
        journal.Start(Fingerprint);
        foreach (SliceRange[] note in notes)
        {
            journal.Note(note);
        }

        return path;
    }

    /// <summary>The ranges that a journal has; null when it says nothing.</summary>
    private static string? Read(string path, int slices = 100)
    {
        using Journal? journal = Journal.Continue(path, Fingerprint, slices, out IReadOnlyList<SliceRange> done);
        return journal is null ? null : string.Join(' ', done);
    }

    [Fact]
    public void What_was_noted_is_read_again_and_can_be_continued()
    {
        using TempFolder folder = new();
        string path = Write(folder, [new(0, 17), new(19, 19)], [new(18, 18)]);
        using (Journal? journal = Journal.Continue(path, Fingerprint, 100, out IReadOnlyList<SliceRange> done))
        {
            Assert.Equal("0-17 19 18", string.Join(' ', done));
            journal!.Note([new(20, 21)]);
        }

        Assert.Equal("0-17 19 18 20-21", Read(path));
    }

    [Fact]
    public void A_journal_cut_anywhere_gives_only_whole_notes()
    {
        using TempFolder folder = new();
        string path = Write(folder, [new(0, 17)], [new(18, 20)]);
        byte[] whole = File.ReadAllBytes(path);
        string?[] allowed = [null, "", "0-17", "0-17 18-20"];
        int stage = 0;
        for (int length = 0; length <= whole.Length; length++)
        {
            File.WriteAllBytes(path, whole[..length]);
            string? done = Read(path);
            while (done != allowed[stage])
            {
                stage++;
            }
        }

        Assert.Equal(3, stage);
    }

    [Fact]
    public void After_a_torn_line_notes_go_on_behind_the_last_whole_one()
    {
        using TempFolder folder = new();
        string path = Write(folder, [new(0, 17)], [new(18, 20)]);
        byte[] whole = File.ReadAllBytes(path);
        File.WriteAllBytes(path, whole[..^3]);
        using (Journal? journal = Journal.Continue(path, Fingerprint, 100, out _))
        {
            journal!.Note([new(30, 31)]);
        }

        Assert.Equal("0-17 30-31", Read(path));
    }

    [Fact]
    public void A_changed_digit_ends_the_notes()
    {
        using TempFolder folder = new();
        string path = Write(folder, [new(0, 17)], [new(18, 20)]);
        File.WriteAllText(path, File.ReadAllText(path).Replace("0-17", "0-27", StringComparison.Ordinal));
        Assert.Equal("", Read(path));
    }

    [Fact]
    public void Slices_that_the_plan_does_not_have_are_left_out()
    {
        using TempFolder folder = new();
        Assert.Equal("0-9", Read(Write(folder, [new(0, 9)], [new(10, 10)]), slices: 10));
    }

    [Fact]
    public void A_journal_of_another_run_names_all_differences()
    {
        using TempFolder folder = new();
        string path = Write(folder);
        (string, string)[] other = [("preset", "q4_0"), ("metadata", new string('b', 64)), ("source n.safetensors", "6 bytes")];
        ModelPackException fault = Assert.Throws<ModelPackException>(() => Journal.Continue(path, other, 1, out _));
        Assert.Equal(
            "m.gguf.partial.journal: belongs to another run: preset was q8_0, is q4_0; metadata differ; source n.safetensors is new; "
            + "source m.safetensors is gone; without --resume the run starts anew",
            fault.Message);
    }

    [Fact]
    public void Without_a_journal_nothing_is_known()
    {
        using TempFolder folder = new();
        Assert.Null(Read(folder.File("none")));
    }

    [Theory]
    [InlineData("3", "3")]
    [InlineData("3 1 2", "1-3")]
    [InlineData("9 0 1 7 8", "0-1 7-9")]
    public void Neighbors_join_to_ranges(string slices, string expected) =>
        Assert.Equal(expected, string.Join(' ', SliceRange.Of(slices.Split(' ').Select(int.Parse))));
}
