using ModelPack.Licensing.Identity;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Licensing.Identity;

public sealed class FingerprintFileTests
{
    [Fact]
    public void A_fingerprint_reads_back_and_holds_no_text()
    {
        const string Text = "Permission to paddle the canoe is granted to everyone who brings it back.";
        string file = FingerprintFile.Write("LicenseRef-Canoe", ["the canoe"], Text);
        LicenseReference reference = FingerprintFile.Read("x", file);
        Assert.Equal("LicenseRef-Canoe", reference.Id);
        Assert.Equal(WordHash.Shingles(TextNormalizer.Normalize(Text)), reference.Shingles);
        Assert.Single(reference.Phrases);
        Assert.DoesNotContain("paddle", file, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "no shingles: line after id:")]
    [InlineData("id: a\nwhat: b\n", "line 2: expected id:, phrase: or shingles:")]
    [InlineData("shingles:\nAAAA\n", "line 1: expected id:, phrase: or shingles:")]
    [InlineData("id: a\nshingles:\n?\n", "shingles: expected base64 of 3 bytes each")]
    [InlineData("id: a\nshingles:\nAAA=\n", "shingles: expected base64 of 3 bytes each")]
    [InlineData("id: a\nphrase: one two three four five six seven\n", "line 2: a phrase of 7 words; expected 1 to 6")]
    public void A_broken_fingerprint_is_refused(string text, string message)
    {
        InvalidDataException fault = Assert.Throws<InvalidDataException>(() => FingerprintFile.Read("f", text));
        Assert.Equal($"f: {message}", fault.Message);
    }

    [Fact]
    public void Each_fingerprint_is_named_after_its_id()
    {
        string folder = RepositoryFolder.Join("src", "Licensing", "Data", "licenses");
        string[] files = Directory.GetFiles(folder, $"*{FingerprintFile.Extension}");
        Assert.NotEmpty(files);
        Assert.All(files, static file => Assert.Equal(
            Path.GetFileNameWithoutExtension(file),
            FingerprintFile.Read(file, File.ReadAllText(file)).Id));
    }

    [Fact]
    public void The_index_round_trips_and_is_the_same_each_time()
    {
        (IReadOnlyList<string>, IReadOnlyList<uint>)[] texts = [(["A", "B"], [1u, 2u, 3u, 2u]), (["C"], [3u, 2u, 1u])];
        using MemoryStream first = new();
        using MemoryStream second = new();
        SpdxIndexFormat.Write(first, texts);
        SpdxIndexFormat.Write(second, texts);
        Assert.Equal(first.ToArray(), second.ToArray());
        first.Position = 0;
        List<LicenseReference> read = SpdxIndexFormat.Read(first);
        Assert.Equal(["A", "C"], read.Select(static r => r.Id));
        Assert.Equal(["B"], read[0].SameText);
        Assert.Equal([WordHash.Shingle(1, 2, 3), WordHash.Shingle(2, 3, 2)], read[0].Shingles);
    }
}
