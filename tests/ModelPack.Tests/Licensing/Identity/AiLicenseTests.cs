using ModelPack.Licensing.Identity;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Licensing.Identity;

public sealed class AiLicenseTests
{
    private static IEnumerable<(string Id, string File)> Corpus()
    {
        string folder = SharedFolder.Require("data/licences");
        return File.ReadLines(Path.Combine(folder, "index.tsv"))
            .Skip(1)
            .Select(static line => line.Split('\t'))
            .Select(row => (row[1], Path.Combine(folder, row[0])));
    }

    [Fact]
    public void Every_text_of_the_corpus_has_its_own_id_and_version()
    {
        Assert.Multiple([.. Corpus().Where(static entry => entry.Id != "LicenseRef-none").Select(static entry => (Action)(() =>
        {
            IReadOnlyList<DetectedLicense> found = Detect(entry.File);
            Assert.Equal($"{Path.GetFileName(entry.File)}: {entry.Id}", $"{Path.GetFileName(entry.File)}: {string.Join(" AND ", found.Select(static l => l.Id))}");
            Assert.All(found, static license => Assert.True(license.IsKnown));
        }))]);
    }

    [Fact]
    public void A_text_whose_reference_is_not_known_never_gets_another_license_s_id()
    {
        List<(string Id, string File)> corpus = [.. Corpus().Where(static entry => entry.Id.StartsWith("LicenseRef-", StringComparison.Ordinal) && entry.Id != "LicenseRef-none")];
        Assert.True(corpus.Count > 45);
        LicenseReference[] spdx = [.. LicenseIndex.Embedded.References.Where(static r => !IsOurs(r.Id))];
        LicenseDetector listed = new(new LicenseIndex(spdx));
        Assert.Multiple([.. corpus.Select(entry => (Action)(() =>
        {
            LicenseDetector others = new(new LicenseIndex([.. LicenseIndex.Embedded.References.Where(r => IsOurs(r.Id) && !Embeds(entry.Id, r.Id))]));
            byte[] bytes = File.ReadAllBytes(entry.File);
            foreach (DetectedLicense license in listed.Detect(bytes, "LICENSE").Concat(others.Detect(bytes, "LICENSE")))
            {
                Assert.False(license.IsKnown, $"{entry.Id} is taken for {license.Id}: {string.Join("; ", license.Evidence)}");
                Assert.True(license.Id == "NOASSERTION" || license.Id.StartsWith("LicenseRef-modified-", StringComparison.Ordinal), license.Id);
            }
        }))]);

        static bool IsOurs(string id) => id.StartsWith("LicenseRef-", StringComparison.Ordinal);

        // Llama 3's license has its use policy at the end, word for word.
        static bool Embeds(string id, string reference) => reference == id || (id == "LicenseRef-Llama-3" && reference == "LicenseRef-Llama-3-AUP");
    }

    [Theory]
    [InlineData("kimi-k2.txt", "Kimi K2\"", "Kimi K2.5\"", "LicenseRef-Modified-MIT-Kimi-K2.5", true)]
    [InlineData("kimi-k2.txt", "Kimi K2\"", "Kimi K9\"", "LicenseRef-modified-Modified-MIT-Kimi-K2.5", false)]
    [InlineData("minimax-m2.1.txt", "M2.1", "M2.5", "LicenseRef-Modified-MIT-MiniMax-M2.5", true)]
    [InlineData("hunyuan-a13b.txt", "A13B", "0.5B", "LicenseRef-modified-Tencent-Hunyuan-A13B", false)]
    [InlineData("openmdw-1.1.txt", "1.1", "1.2", "LicenseRef-modified-OpenMDW-1.1", false)]
    [InlineData("apache-2.0.gpt-oss.txt", "2.0", "2.7", "LicenseRef-modified-Apache-2.0", false)]
    [InlineData("llama3.1.txt", "3.1", "3.9", "LicenseRef-modified-Llama-3.1", false)]
    public void Versions_that_differ_by_a_word_are_told_apart(string file, string from, string to, string id, bool known)
    {
        string text = File.ReadAllText(SharedFolder.Require($"data/licences/{file}"));
        Assert.Contains(from, text, StringComparison.OrdinalIgnoreCase);
        DetectedLicense found = Assert.Single(LicenseDetector.Default.Detect(text.Replace(from, to, StringComparison.OrdinalIgnoreCase), "LICENSE"));
        Assert.Equal((id, known), (found.Id, found.IsKnown));
    }

    [Theory]
    [InlineData("kimik2/LICENSE", "LicenseRef-Modified-MIT-Kimi-K2")]
    [InlineData("minimaxm2/LICENSE", "LicenseRef-Modified-MIT-MiniMax-M2")]
    [InlineData("deepseekv3/LICENSE-MODEL", "LicenseRef-DeepSeek-1.0")]
    [InlineData("llama31/LICENSE", "LicenseRef-Llama-3.1")]
    [InlineData("qwen3/LICENSE", "Apache-2.0")]
    [InlineData("qwen3moe/LICENSE", "Apache-2.0")]
    public void The_fixtures_licenses_are_what_they_are(string file, string id)
    {
        DetectedLicense found = Assert.Single(Detect(SharedFolder.Require($"fixtures/{file}")));
        Assert.Equal((id, DetectionState.Exact), (found.Id, found.State));
    }

    [Fact]
    public void A_notice_lists_each_license_that_stands_in_it()
    {
        string notice = SharedFolder.Require("data/licences/qwen-notice.txt");
        Assert.Equal(
            ["BSD-3-Clause", "MIT", "Apache-2.0", "MIT"],
            LicenseDetector.Default.Detect(File.ReadAllBytes(notice), "NOTICE").Select(static license => license.Id));
    }

    [Fact]
    public void AI_licenses_are_found_after_harmless_changes()
    {
        List<string> missed = [];
        int count = 0;
        foreach ((string id, string file) in Corpus().Where(static entry => entry.Id.StartsWith("LicenseRef-", StringComparison.Ordinal) && entry.Id != "LicenseRef-none"))
        {
            string text = File.ReadAllText(file);
            foreach ((string name, Func<string, string> apply) in LicensePerturbation.All.Where(static change => !change.Name.Contains('%')))
            {
                count++;
                string fileName = name == "in a README" ? "README.md" : "LICENSE";
                if (!LicenseDetector.Default.Detect(apply(text), fileName).Any(license => license.Id == id))
                {
                    missed.Add($"{id} {name}: {string.Join(" | ", LicenseDetector.Default.Detect(apply(text), fileName))}");
                }
            }
        }

        Assert.True(missed.Count <= count / 50, $"{missed.Count} of {count} missed:\n{string.Join('\n', missed)}");
    }

    private static IReadOnlyList<DetectedLicense> Detect(string file) => LicenseDetector.Default.Detect(File.ReadAllBytes(file), "LICENSE");
}
