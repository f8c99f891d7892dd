using System.Text;
using ModelPack.Licensing.Identity;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Licensing.Identity;

public sealed class LicenseDetectorTests
{
    private static readonly string Mit = SpdxTexts.Text("MIT");

    private const string Rider = """


        As an exception, any organization that earns more than ten million euros in a year shall obtain a separate commercial
        license from the authors before it offers the Software as a service to its users.
        """;

    [Theory]
    [InlineData("LICENSE")]
    [InlineData("README.md")]
    [InlineData(null)]
    public void A_rider_makes_MIT_a_modified_license(string? file)
    {
        DetectedLicense found = Assert.Single(LicenseDetector.Default.Detect(Mit + Rider, file));
        Assert.Equal((DetectionState.Modified, "MIT", "LicenseRef-modified-MIT"), (found.State, found.BaseId, found.Id));
        Assert.Contains(found.Evidence, static reason => reason.StartsWith("added terms: \"As an exception", StringComparison.Ordinal));
    }

    [Fact]
    public void A_rider_before_the_license_counts_as_well()
    {
        DetectedLicense found = Assert.Single(LicenseDetector.Default.Detect(Rider + "\n\n" + Mit, "LICENSE.txt"));
        Assert.Equal(("LicenseRef-modified-MIT", "MIT"), (found.Id, found.BaseId));
    }

    [Theory]
    [InlineData("free of charge, to any person", "free of charge, for non-commercial use only, to any person")]
    [InlineData("without restriction, including", "without restriction, but not including")]
    [InlineData("and/or sell copies", "and/or not sell copies")]
    public void A_word_that_turns_a_sentence_makes_a_modified_license(string from, string to)
    {
        Assert.Contains(from, Spaces(Mit), StringComparison.Ordinal);
        DetectedLicense found = Assert.Single(LicenseDetector.Default.Detect(Spaces(Mit).Replace(from, to, StringComparison.Ordinal), "LICENSE"));
        Assert.Equal("LicenseRef-modified-MIT", found.Id);
    }

    [Fact]
    public void A_clause_that_was_taken_out_makes_a_modified_license()
    {
        string apache = SpdxTexts.Text("Apache-2.0");
        int start = apache.IndexOf("3. Grant of Patent License", StringComparison.Ordinal);
        int end = apache.IndexOf("4. Redistribution", StringComparison.Ordinal);
        Assert.True(start > 0 && end > start);
        DetectedLicense found = Assert.Single(LicenseDetector.Default.Detect(apache.Remove(start, end - start), "LICENSE"));
        Assert.Equal("LicenseRef-modified-Apache-2.0", found.Id);
    }

    [Fact]
    public void Harmless_words_beside_a_license_make_a_variant()
    {
        DetectedLicense found = Assert.Single(LicenseDetector.Default.Detect($"Example project by the Example Lab, with kind regards\n\n{Mit}", "LICENSE"));
        Assert.Equal(("MIT", DetectionState.Variant), (found.Id, found.State));
    }

    [Fact]
    public void A_copyright_line_that_obliges_is_read()
    {
        string text = Mit.Replace("Copyright (c) <year>", "Copyright (c) 2025 Acme, for non commercial use by registered users only\nCopyright (c) 2025", StringComparison.Ordinal);
        Assert.NotEqual(Mit, text);
        Assert.Equal(DetectionState.Modified, Assert.Single(LicenseDetector.Default.Detect(text, "LICENSE")).State);
    }

    [Fact]
    public void Every_license_of_a_file_is_reported_with_its_place()
    {
        string bsd = SpdxTexts.Text("BSD-3-Clause");
        string text = $"{Mit}\n\n----------\n\n{bsd}\n\n----------\n\n{SpdxTexts.Text("Zlib")}";
        IReadOnlyList<DetectedLicense> found = LicenseDetector.Default.Detect(text, "LICENSE");
        Assert.Equal(["MIT", "BSD-3-Clause", "Zlib"], found.Select(static license => license.Id));
        int start = text.IndexOf(bsd, StringComparison.Ordinal);
        Assert.InRange(found[1].Text.Start.Value, start, start + 100);
        Assert.InRange(found[1].Text.End.Value, start + bsd.Length - 10, start + bsd.Length);
    }

    [Fact]
    public void A_text_that_ends_early_says_so()
    {
        string apache = SpdxTexts.Text("Apache-2.0");
        DetectedLicense found = Assert.Single(LicenseDetector.Default.Detect(apache[..(apache.Length * 6 / 10)], "LICENSE"));
        Assert.Equal(DetectionState.Variant, found.State);
        Assert.Contains("Apache-2.0", found.SameText.Append(found.Id));
        Assert.Contains(found.Evidence, static reason => reason.StartsWith("the text ends early", StringComparison.Ordinal));
    }

    [Fact]
    public void The_GPL_s_text_names_the_ids_that_share_it()
    {
        DetectedLicense found = Assert.Single(LicenseDetector.Default.Detect(SpdxTexts.Text("GPL-2.0-or-later"), "COPYING"));
        Assert.Equal("GPL-2.0-only", found.Id);
        Assert.Contains("GPL-2.0-or-later", found.SameText);
    }

    [Theory]
    [InlineData("", "LICENSE", DetectionState.None)]
    [InlineData("   \n\t\n", "LICENSE", DetectionState.None)]
    [InlineData("MIT", "LICENSE", DetectionState.None)]
    [InlineData("A recipe: take four eggs, a little butter and fresh herbs, stir well, and serve at once with bread.", "LICENSE", DetectionState.Unknown)]
    [InlineData("A recipe: take four eggs, a little butter and fresh herbs, stir well, and serve at once with bread.", "README.md", DetectionState.None)]
    public void A_text_without_a_known_license_says_so(string text, string file, DetectionState state)
    {
        DetectedLicense found = Assert.Single(LicenseDetector.Default.Detect(text, file));
        Assert.Equal((state, state == DetectionState.None ? "NONE" : "NOASSERTION"), (found.State, found.Id));
    }

    public static TheoryData<string> Encodings => ["utf-8", "utf-16", "utf-16BE", "utf-32"];

    [Theory]
    [MemberData(nameof(Encodings))]
    public void A_byte_order_mark_is_followed(string name)
    {
        Encoding encoding = Encoding.GetEncoding(name);
        byte[] bytes = [.. encoding.GetPreamble(), .. encoding.GetBytes(Mit)];
        Assert.Equal("MIT", Assert.Single(LicenseDetector.Default.Detect(bytes, "LICENSE")).Id);
    }

    [Fact]
    public void Bad_bytes_are_survived()
    {
        byte[] noise = new byte[200_000];
        new Random(1).NextBytes(noise);
        Assert.Equal(DetectionState.None, Assert.Single(LicenseDetector.Default.Detect(noise, "LICENSE")).State);

        byte[] invalid = [0xC3, 0x28, 0xFF, .. Encoding.UTF8.GetBytes(Mit), 0xE2, 0x82];
        Assert.Equal("MIT", Assert.Single(LicenseDetector.Default.Detect(invalid, "LICENSE")).Id);

        byte[] latin = [.. Encoding.Latin1.GetBytes("Copyright © 2024 Müller GmbH\n\n" + Mit)];
        Assert.Equal("MIT", Assert.Single(LicenseDetector.Default.Detect(latin, "LICENSE")).Id);
    }

    [Theory]
    [InlineData("a")]
    [InlineData("word ")]
    [InlineData("<")]
    [InlineData("&")]
    [InlineData("<a\n")]
    [InlineData("copyright (c) 2020\n")]
    [InlineData("permission is hereby granted free of charge to any person ")]
    [InlineData("許諾")]
    [InlineData("(a)1.")]
    public void A_hundred_megabytes_are_bounded(string unit)
    {
        byte[] part = Encoding.UTF8.GetBytes(unit);
        byte[] bytes = new byte[100_000_000];
        for (int i = 0; i < bytes.Length; i += part.Length)
        {
            part.AsSpan(0, Math.Min(part.Length, bytes.Length - i)).CopyTo(bytes.AsSpan(i));
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        IReadOnlyList<DetectedLicense> found = LicenseDetector.Default.Detect(bytes, "LICENSE");
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 300_000_000);
        Assert.All(found, static license => Assert.False(license.IsKnown));
    }

    [Fact]
    public void The_same_text_gives_the_same_answer_on_every_thread()
    {
        string[] texts = [.. SpdxTexts.Sample(60).Select(static entry => entry.Text)];
        string[] once = [.. texts.Select(Answer)];
        Assert.Equal(once, texts.AsParallel().AsOrdered().Select(Answer));

        static string Answer(string text) => string.Join('\n', LicenseDetector.Default.Detect(text).Select(static l => $"{l.Id} {l.State} {l.Similarity:R} {l.Text} {string.Join('|', l.Evidence)}"));
    }

    private static string Spaces(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
