using ModelPack.Licensing.Identity;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Licensing.Identity;

public sealed class SpdxCorpusTests
{
    /// <summary>Least share that is named right, by change; what is not named right is mostly a modified text, not a wrong id.</summary>
    private static readonly Dictionary<string, double> Bars = new()
    {
        ["exact"] = 0.995,
        ["wrapped anew"] = 0.99,
        ["one line"] = 0.99,
        ["other copyright"] = 0.97,
        ["comment #"] = 0.995,
        ["comment *"] = 0.995,
        ["1 % of words"] = 0.99,
        ["3 % of words"] = 0.98,
        ["cut to 75 %"] = 0.95,
        ["cut to 50 %"] = 0.9,
        ["Markdown"] = 0.99,
        ["in a README"] = 0.97,
    };

    public static TheoryData<string> Changes => [.. LicensePerturbation.All.Select(static change => change.Name)];

    [Theory]
    [MemberData(nameof(Changes))]
    public void SPDX_texts_are_named_right_after(string change)
    {
        Func<string, string> apply = LicensePerturbation.All.Single(entry => entry.Name == change).Apply;
        string file = change == "in a README" ? "README.md" : "LICENSE";
        List<string> missed = [];
        int count = 0;
        int wrong = 0;
        foreach ((string id, string text) in SpdxTexts.Sample(3))
        {
            count++;
            IReadOnlyList<DetectedLicense> found = LicenseDetector.Default.Detect(apply(text), file);
            DetectedLicense main = found.MaxBy(static license => license.Text.End.Value - license.Text.Start.Value)!;
            if (main.Id != id && !main.SameText.Contains(id))
            {
                missed.Add($"{id}: {main.Id} {main.State}, {string.Join("; ", main.Evidence)}");
                wrong += main.IsKnown ? 1 : 0;
            }
        }

        Assert.True(count >= 200);
        string all = $"{missed.Count} of {count} missed, {wrong} wrong:\n{string.Join('\n', missed)}";
        Assert.True(missed.Count <= count * (1 - Bars[change]), all);

        // A text that lacks its end can be the whole of another license: that alone may be named so.
        Assert.True(wrong <= count * (change.StartsWith("cut", StringComparison.Ordinal) ? 0.02 : 0.005), all);
    }
}
