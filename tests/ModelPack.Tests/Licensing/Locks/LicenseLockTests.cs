using ModelPack.Licensing;
using ModelPack.Licensing.Catalog;
using ModelPack.Licensing.Identity;
using ModelPack.Licensing.Locks;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Licensing.Locks;

public sealed class LicenseLockTests
{
    private static readonly string Zeros = new('0', 64);

    private static readonly string Ones = new('1', 64);

    public static TheoryData<string, string[]> Changes { get; } = new()
    {
        { "nothing", [] },
        { "license", ["MPL601 base  MIT>Apache-2.0"] },
        { "declared", ["MPL607 base  mit>apache-2.0"] },
        { "undeclared", ["MPL607 base  mit>"] },
        { "relation", ["MPL608 base  quantize>finetune"] },
        { "text", ["MPL602 base LICENSE MIT>LicenseRef-modified-MIT, modified"] },
        { "recognized", ["MPL601 base LICENSE MIT>MIT, variant"] },
        { "file added", ["MPL603 base NOTICE >Apache-2.0"] },
        { "file removed", ["MPL604 base LICENSE MIT>"] },
        { "file renamed", ["MPL603 base COPYING >MIT", "MPL604 base LICENSE MIT>"] },
        { "artifact added", ["MPL605 other  >NOASSERTION"] },
        { "artifact removed", ["MPL606 base  MIT>"] },
        { "all at once", ["MPL601 base  MIT>Apache-2.0", "MPL607 base  mit>apache-2.0", "MPL602 base LICENSE MIT>Apache-2.0", "MPL605 other  >NOASSERTION"] },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public void A_change_is_a_drift_with_its_code(string change, string[] drifts)
    {
        LockedFile text = new("LICENSE", Zeros, "MIT", DetectionState.Exact);
        LockedArtifact artifact = new() { Name = "base", Relation = Relation.Quantize, License = "MIT", Declared = "mit", Files = [text] };
        LockedArtifact other = new() { Name = "other", Relation = Relation.Merge, License = "NOASSERTION" };
        LockedArtifact result = new() { Name = "result", License = "MIT" };
        LockedArtifact[] now = change switch
        {
            "license" => [artifact with { License = "Apache-2.0" }],
            "declared" => [artifact with { Declared = "apache-2.0" }],
            "undeclared" => [artifact with { Declared = null }],
            "relation" => [artifact with { Relation = Relation.Finetune }],
            "text" => [artifact with { Files = [text with { Sha256 = Ones, Id = "LicenseRef-modified-MIT", State = DetectionState.Modified }] }],
            "recognized" => [artifact with { Files = [text with { State = DetectionState.Variant }] }],
            "file added" => [artifact with { Files = [text, new("NOTICE", Ones, "Apache-2.0", DetectionState.Exact)] }],
            "file removed" => [artifact with { Files = [] }],
            "file renamed" => [artifact with { Files = [text with { Path = "COPYING" }] }],
            "artifact added" => [other, artifact],
            "artifact removed" => [],
            "all at once" => [other, artifact with { License = "Apache-2.0", Declared = "apache-2.0", Files = [text with { Sha256 = Ones, Id = "Apache-2.0" }] }],
            _ => [artifact],
        };
        IReadOnlyList<LicenseDrift> found = LicenseLock.Compare(new([artifact, result]), new([result, .. now]));
        Assert.Equal(drifts, found.Select(static drift => $"{drift.Code} {drift.Artifact} {drift.Path} {drift.Old}>{drift.New}"));
        Assert.All(found, static drift =>
        {
            Assert.Equal((drift.Code, Verdict.Review, drift.Text), (drift.ToFinding("MIT").Code, drift.ToFinding("MIT").Verdict, drift.ToFinding("MIT").Text));
            Assert.EndsWith(".", drift.Text, StringComparison.Ordinal);
            Assert.Contains(drift.New ?? drift.Old!, drift.Text, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void What_is_written_is_sorted_and_read_back()
    {
        using TempFolder folder = new();
        LicenseLock content = Sample();
        string path = folder.File(LicenseLock.FileName);
        content.Write(path);
        Assert.Equal([path], Directory.GetFiles(folder.Path));
        Assert.Equal(
            $"""
            # What the license audit found. A later audit that finds something else reports it (MPL6xx).
            schemaVersion: 1
            artifacts:
              - name: "a: \"b\\\" # \U0000000A\U000000E9\U0001F600"
                license: "no"
                declared: "yes"
              - name: org/model
                relation: quantize
                license: "MIT AND (Apache-2.0 OR BSD-3-Clause)"
                declared: mit
                files:
                  - path: LICENSE
                    sha256: {Zeros}
                    id: MIT
                    state: exact
                  - path: code/LICENSE
                    sha256: {Ones}
                    id: LicenseRef-modified-MIT
                    state: modified

            """.ReplaceLineEndings("\n"),
            File.ReadAllText(path));

        LicenseLock read = LicenseLock.Read(path);
        Assert.Empty(LicenseLock.Compare(content, read));
        Assert.Equal(content.Format(), read.Format());
        Assert.Equal("a: \"b\\\" # \né😀", read.Artifacts[0].Name);
    }

    [Fact]
    public void The_order_of_what_is_given_makes_no_difference()
    {
        LicenseLock content = Sample();
        LicenseLock turned = new(content.Artifacts.Reverse().Select(static artifact => artifact with { Files = [.. artifact.Files.Reverse()] }));
        Assert.Equal(content.Format(), turned.Format());
    }

    [Fact]
    public void A_lock_may_be_empty()
    {
        LicenseLock none = new([]);
        Assert.Empty(LicenseLock.Parse(none.Format(), "l.yml").Artifacts);
        Assert.Empty(LicenseLock.Compare(none, none));
    }

    [Fact]
    public void A_name_stands_once()
    {
        LockedArtifact one = new() { Name = "a", License = "MIT" };
        Assert.Equal("two artifacts of the lock are called 'a'", Assert.Throws<LicensingException>(() => new LicenseLock([one, one])).Message);
        LockedFile file = new("LICENSE", Zeros, "MIT", DetectionState.Exact);
        Assert.Equal("two files of 'a' are called 'LICENSE'", Assert.Throws<LicensingException>(() => one with { Files = [file, file] }).Message);
    }

    [Fact]
    public void A_lock_of_many_files_is_read()
    {
        LockedFile[] files = [.. Enumerable.Range(0, 100_000).Select(static i => new LockedFile($"folder {i}/LICENSE", Zeros, "MIT", DetectionState.Exact))];
        LicenseLock content = new([new() { Name = "tree", License = "MIT", Files = files }]);
        Assert.Equal(files.Length, LicenseLock.Parse(content.Format(), "l.yml").Artifacts[0].Files.Count);
    }

    [Theory]
    [InlineData("", "1:1: expected one YAML document")]
    [InlineData("schemaVersion: 7\n", "1:16: version '7' of the format is not known here; expected 1")]
    [InlineData("schemaVersion: 1\nartefacts: []\n", "2:1: there is no field 'artefacts' here; expected schemaVersion, artifacts")]
    [InlineData("schemaVersion: 1\nartifacts:\n  - name: a\n", "3:5: the field 'license' is missing")]
    [InlineData("schemaVersion: 1\nartifacts:\n  - { name: a, license: MIT }\n  - { name: a, license: MIT }\n", "4:13: 'a' stands here twice; expected one item for each artifact")]
    [InlineData("schemaVersion: 1\nartifacts:\n  - { name: a, license: MIT, files: x }\n", "3:37: 'files' must be a list, found 'x'")]
    [InlineData("schemaVersion: 1\nartifacts: &a []\n", "2:12: the anchor '&a' is not read here; write the value out")]
    public void A_fault_is_named_with_file_line_and_column(string yaml, string message) =>
        Assert.Equal($"l.yml:{message}", Assert.Throws<InvalidLockException>(() => LicenseLock.Parse(yaml, "l.yml")).Message);

    [Theory]
    [InlineData("path: ../LICENSE", "7:15: '../LICENSE' is no path within the artifact; expected names with '/' between them")]
    [InlineData("path: /etc/passwd", "7:15: '/etc/passwd' is no path within the artifact; expected names with '/' between them")]
    [InlineData("sha256: 00", "8:17: '00' is no SHA-256; expected 64 hexadecimal digits in lower case")]
    [InlineData("sha256: A0", "8:17: 'A0' is no SHA-256; expected 64 hexadecimal digits in lower case")]
    [InlineData("state: sure", "10:16: 'sure' is not known here; expected exact, variant, modified, unknown, none")]
    public void A_fault_in_a_file_is_named_too(string field, string message)
    {
        string[] fields = ["path: LICENSE", $"sha256: {Zeros}", "id: MIT", "state: exact"];
        string name = field[..field.IndexOf(':', StringComparison.Ordinal)];
        string files = string.Concat(fields.Select((line, i) => $"{(i == 0 ? "      - " : "        ")}{(line.StartsWith(name + ":", StringComparison.Ordinal) ? field : line)}\n"));
        string yaml = $"schemaVersion: 1\nartifacts:\n  - name: a\n    license: MIT\n    declared: mit\n    files:\n{files}";
        Assert.Equal($"l.yml:{message}", Assert.Throws<InvalidLockException>(() => LicenseLock.Parse(yaml, "l.yml")).Message);
    }

    private static LicenseLock Sample() => new(
    [
        new()
        {
            Name = "org/model",
            Relation = Relation.Quantize,
            License = "MIT AND (Apache-2.0 OR BSD-3-Clause)",
            Declared = "mit",
            Files =
            [
                new("code/LICENSE", Ones, "LicenseRef-modified-MIT", DetectionState.Modified),
                new("LICENSE", Zeros, "MIT", DetectionState.Exact),
            ],
        },
        new() { Name = "a: \"b\\\" # \né😀", License = "no", Declared = "yes" },
    ]);
}
