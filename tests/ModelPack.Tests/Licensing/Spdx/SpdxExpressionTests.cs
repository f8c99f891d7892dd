using System.Text.Json;
using ModelPack.Licensing.Spdx;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Licensing.Spdx;

public sealed class SpdxExpressionTests
{
    private static readonly string[] Ids = ["MIT", "Apache-2.0", "GPL-2.0-only", "GPL-3.0-or-later", "BSD-3-Clause", "MPL-1.1", "LicenseRef-Acme.1", "DocumentRef-x:LicenseRef-y"];

    /// <summary>Expressions and faults that npm's parser judges too.</summary>
    private static readonly string[] Table =
    [
        "MIT", "Apache-2.0+", "MIT AND Apache-2.0", "MIT OR Apache-2.0 AND ISC", "(MIT OR Apache-2.0) AND ISC", "((MIT))",
        "GPL-2.0-only WITH Classpath-exception-2.0", "GPL-2.0+ WITH Bison-exception-2.2 OR MIT", "LicenseRef-a", "DocumentRef-a.b:LicenseRef-c-1",
        "mit", "MIT and ISC", "MIT Or ISC", " MIT ", "MIT OR(ISC)", "(MIT)AND(ISC)", "LicenseRef-x WITH Classpath-exception-2.0",
        "", " ", "MIT AND", "AND MIT", "MIT ISC", "(MIT", "MIT)", "()", "MIT +", "+", "MIT ++", "MIT/ISC", "MIT WITH", "MIT WITH MIT OR",
        "(MIT) WITH Classpath-exception-2.0", "DocumentRef-a", "DocumentRef-a:MIT", "DocumentRef-:LicenseRef-a", "LicenseRef-", "LicenseRef-a+",
        "MIT OR OR ISC", "MIT AND (ISC", "MIT, ISC", "MIT & ISC", "MIT_2",
    ];

    [Fact]
    public void Trees_are_those_of_npms_parser()
    {
        string[] expressions = [.. Table, .. RandomExpressions(200)];
        (JsonElement[] trees, _) = SpdxPeers.Ask(expressions, []);
        Assert.Multiple([.. expressions.Select((expression, i) => (Action)(() =>
        {
            bool ours = SpdxExpression.TryParse(expression, out SpdxExpression? tree, out SpdxFault? fault);
            if (trees[i].ValueKind == JsonValueKind.Null)
            {
                // npm's parser knows the list's ids; ours leaves them to SpdxLicenseList.
                Assert.True(!ours || tree!.Licenses.Any(static l => !l.IsReference && SpdxLicenseList.Find(l.Id) != l.Id), $"{expression}: npm refuses");
                return;
            }

            Assert.True(ours, $"{expression}: {fault}");
            Assert.Equal(Shown(trees[i]), SpdxNormalForm.Of(tree!).ToString());
        }))]);
    }

    [Fact]
    public void Approval_is_that_of_npms_satisfies()
    {
        (string, string[])[] questions =
        [
            ("MIT", ["MIT"]), ("MIT", ["ISC"]), ("MIT OR ISC", ["ISC"]), ("MIT AND ISC", ["ISC"]), ("MIT AND ISC", ["ISC", "MIT"]),
            ("(MIT OR Apache-2.0) AND (ISC OR GPL-3.0-only)", ["Apache-2.0", "ISC"]), ("GPL-2.0-only", ["GPL-2.0-or-later"]),
            ("GPL-3.0-only", ["GPL-2.0-or-later"]), ("GPL-1.0-only", ["GPL-2.0-or-later"]), ("GPL-2.0-or-later", ["GPL-3.0-only"]),
            ("GPL-3.0-or-later", ["GPL-2.0-only"]), ("Apache-2.0", ["Apache-1.0+"]), ("Apache-1.0", ["Apache-2.0+"]), ("Apache-1.0+", ["Apache-2.0"]),
            ("MPL-1.1", ["MPL-1.0+"]), ("LGPL-2.1-only", ["GPL-2.0-or-later"]), ("GPL-2.0-only WITH Bison-exception-2.2", ["GPL-2.0-only"]),
            ("GPL-2.0-only WITH Bison-exception-2.2", ["GPL-2.0-only WITH Bison-exception-2.2"]), ("GPL-2.0-or-later", ["GPL-1.0-or-later"]),
            ("MIT AND (ISC OR GPL-2.0-only AND Apache-2.0)", ["MIT", "Apache-2.0", "GPL-2.0-only"]), ("LicenseRef-a OR MIT", ["LicenseRef-a"]),
        ];
        (_, bool?[] answers) = SpdxPeers.Ask([], questions);
        Assert.Multiple([.. questions.Select((question, i) => (Action)(() =>
        {
            SpdxLicense[] approved = [.. question.Item2.Select(static text => (SpdxLicense)SpdxExpression.Parse(text))];
            bool ours = SpdxNormalForm.Of(SpdxExpression.Parse(question.Item1)).IsSatisfiedBy(approved);
            Assert.True(answers[i] == ours, $"{question.Item1} by {string.Join(", ", question.Item2)}: npm says {answers[i]}");
        }))]);
    }

    [Theory]
    [InlineData("MIT AND", 8, "expected a license or '(', got the end")]
    [InlineData("MIT ISC", 5, "expected AND, OR or WITH, got 'ISC'")]
    [InlineData("MIT OR (ISC", 12, "the '(' of column 8 is not closed; got the end")]
    [InlineData("MIT)", 4, "')' without '('")]
    [InlineData("MIT +", 5, "white space before '+'")]
    [InlineData("MIT/X11", 4, "'/' has no place in a license expression")]
    [InlineData("GPL-2.0-only WITH (a)", 19, "expected an exception after WITH, got '('")]
    [InlineData("DocumentRef-a OR MIT", 15, "expected ':' after DocumentRef-a, got 'OR'")]
    [InlineData("DocumentRef-a:MIT", 15, "expected LicenseRef-… after DocumentRef-a:, got 'MIT'")]
    [InlineData("LicenseRef-a+", 13, "'+' after LicenseRef-a: only licenses of SPDX's list have versions")]
    public void A_fault_names_its_column(string text, int column, string message)
    {
        Assert.False(SpdxExpression.TryParse(text, out _, out SpdxFault? fault));
        Assert.Equal(new(column, message), fault);
    }

    [Theory]
    [InlineData("MIT OR (Apache-2.0 OR MIT)", "Apache-2.0 OR MIT")]
    [InlineData("ISC AND MIT AND ISC", "ISC AND MIT")]
    [InlineData("(MIT OR ISC) AND Zlib", "(ISC AND Zlib) OR (MIT AND Zlib)")]
    [InlineData("MIT OR ISC AND Zlib", "MIT OR (ISC AND Zlib)")]
    [InlineData("LicenseRef-OpenRAIL++-M and MIT", "LicenseRef-OpenRAIL++-M AND MIT")]
    public void Expressions_that_say_the_same_have_one_normal_form(string text, string expected)
    {
        Assert.Equal(expected, SpdxNormalForm.Of(SpdxExpression.Parse(text)).ToString());
    }

    [Fact]
    public void What_is_printed_reads_back_as_the_same_tree()
    {
        foreach (string text in RandomExpressions(100))
        {
            SpdxExpression tree = SpdxExpression.Parse(text);
            Assert.Equal(SpdxNormalForm.Of(tree).ToString(), SpdxNormalForm.Of(SpdxExpression.Parse(tree.ToString())).ToString());
        }
    }

    [Fact]
    public void Hostile_expressions_are_refused()
    {
        Assert.False(SpdxExpression.TryParse(new string('(', 10_000) + "MIT", out _, out _));
        Assert.False(SpdxExpression.TryParse(new string('a', SpdxExpression.MaxLength + 1), out _, out _));
        string bomb = string.Join(" AND ", Enumerable.Range(0, 40).Select(static i => $"(LicenseRef-a{i} OR LicenseRef-b{i})"));
        Assert.Throws<FormatException>(() => SpdxNormalForm.Of(SpdxExpression.Parse(bomb)));
        Assert.Equal(1000, SpdxExpression.Parse(string.Join(" OR ", Enumerable.Repeat("MIT", 1000))).Licenses.Count());
    }

    private static IEnumerable<string> RandomExpressions(int count)
    {
        Random random = new(3);
        for (int i = 0; i < count; i++)
        {
            yield return Make(random, 3);
        }
    }

    private static string Make(Random random, int depth)
    {
        if (depth == 0 || random.Next(3) == 0)
        {
            return Ids[random.Next(Ids.Length)];
        }

        string text = $"{Make(random, depth - 1)} {(random.Next(2) == 0 ? "AND" : "OR")} {Make(random, depth - 1)}";
        return random.Next(2) == 0 ? $"({text})" : text;
    }

    /// <summary>npm's tree in our normal form.</summary>
    private static string Shown(JsonElement tree) => SpdxNormalForm.Of(Read(tree)).ToString();

    private static SpdxExpression Read(JsonElement tree)
    {
        if (tree.TryGetProperty("conjunction", out JsonElement conjunction))
        {
            SpdxExpression left = Read(tree.GetProperty("left"));
            SpdxExpression right = Read(tree.GetProperty("right"));
            return conjunction.GetString() == "and" ? new SpdxAnd(left, right) : new SpdxOr(left, right);
        }

        string[] id = tree.GetProperty("license").GetString()!.Split(':');
        return new SpdxLicense(
            id[^1],
            tree.TryGetProperty("plus", out _),
            tree.TryGetProperty("exception", out JsonElement exception) ? exception.GetString() : null,
            id.Length > 1 ? id[0] : null);
    }
}
