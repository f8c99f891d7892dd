using ModelPack.Licensing.Catalog;
using ModelPack.Licensing.Policy;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Licensing.Policy;

public sealed class LicensePolicyTests
{
    internal const string Full = """
        schemaVersion: 1
        use: saas
        outbound: Apache-2.0 OR MIT
        name: Acme-Chat
        failOn: denied
        facts:
          commercial: true
          mau: 50_000_000
          place: [DE, FR]
          entity_home: NO
          field: [research, medical-advice]
        allow:
          - MIT
          - license: GPL-*
            reason: we publish the source
          - condition: copy
        deny:
          - condition: commercial
        review:
          - llama3.1
        exceptions:
          - license: LicenseRef-Llama-3.1
            code: MPL303
            component: "meta-llama/*"
            clause: "2"
            reason: contract 12
            expires: 2027-01-31
        lineage:
          - artifact: acme/chat
            license: Apache-2.0
            reason: the author wrote so
            parents:
              - { name: meta-llama/Llama-3.1-8B, relation: finetune, license: llama3.1 }
              - { name: acme/other, relation: merge }
            datasets:
              - acme/talk
              - { name: acme/more, license: CC-BY-4.0 }
          - artifact: acme/empty
        """;

    [Fact]
    public void Every_field_is_read()
    {
        LicensePolicy policy = LicensePolicy.Parse(Full, "p.yml");
        Assert.Equal(UseKind.Saas, policy.Use);
        Assert.Equal("Apache-2.0 OR MIT", policy.Outbound);
        Assert.Equal("Acme-Chat", policy.Name);
        Assert.Equal(Verdict.Denied, policy.FailOn);
        Assert.Equal(["commercial", "entity_home", "field", "mau", "place"], policy.Facts.Names);
        Assert.True(policy.Facts.Find("commercial")!.Flag);
        Assert.Equal(50_000_000, policy.Facts.Find("mau")!.Number);
        Assert.Equal(["DE", "FR"], policy.Facts.Find("place")!.Words);
        Assert.Equal(["NO"], policy.Facts.Find("entity_home")!.Words);
        Assert.Equal(["research", "medical-advice"], policy.Facts.Find("field")!.Words);
        Assert.Equal(["MIT 13 ", "GPL-* 14 we publish the source", " 16 "], policy.Allow.Select(static rule => $"{rule.License} {rule.Line} {rule.Reason}"));
        Assert.Equal(ConditionKind.Copy, policy.Allow[2].Condition);
        Assert.Equal(ConditionKind.Commercial, Assert.Single(policy.Deny).Condition);
        Assert.True(Assert.Single(policy.Review).License!.Matches("LicenseRef-Llama-3.1"));

        PolicyWaiver waiver = Assert.Single(policy.Exceptions);
        Assert.Equal(("MPL303", "meta-llama/*", "2", "contract 12", new DateOnly(2027, 1, 31), 22), (waiver.Code, waiver.Component, waiver.Clause, waiver.Reason, waiver.Expires, waiver.Line));

        Assert.Equal(["acme/chat 29", "acme/empty 38"], policy.Lineage.Select(static artifact => $"{artifact.Name} {artifact.Line}"));
        PolicyArtifact chat = policy.Lineage[0];
        Assert.Equal(("Apache-2.0", "the author wrote so"), (chat.License, chat.Reason));
        Assert.Equal([new("meta-llama/Llama-3.1-8B", Relation.Finetune, "llama3.1"), new("acme/other", Relation.Merge, null)], chat.Parents);
        Assert.Equal([new("acme/talk", null), new("acme/more", "CC-BY-4.0")], chat.Datasets);
    }

    [Fact]
    public void Fields_may_be_left_out_or_empty()
    {
        foreach (string text in (string[])["schemaVersion: 1\n", "schemaVersion: 1\nfacts:\nallow:\ndeny: []\nreview:\nexceptions:\nlineage:\n"])
        {
            LicensePolicy policy = LicensePolicy.Parse(text, "p.yml");
            Assert.Null(policy.Use);
            Assert.Empty(policy.Facts.Names);
            Assert.Empty(policy.Allow.Concat(policy.Deny).Concat(policy.Review));
            Assert.Empty(policy.Exceptions);
            Assert.Empty(policy.Lineage);
            Assert.Equal(Verdict.Review, policy.FailOn);
        }
    }

    [Theory]
    [InlineData("denied", Verdict.Denied)]
    [InlineData("review", Verdict.Review)]
    [InlineData("obligations", Verdict.Obligations)]
    public void Fail_on_is_the_mildest_verdict_that_fails(string word, Verdict mildest)
    {
        LicensePolicy policy = LicensePolicy.Parse($"schemaVersion: 1\nfailOn: {word}\n", "p.yml");
        Assert.All(Enum.GetValues<Verdict>(), verdict => Assert.Equal(verdict >= mildest, policy.Fails(verdict)));
    }

    [Fact]
    public void A_file_is_read_with_or_without_a_mark_of_its_encoding()
    {
        using TempFolder folder = new();
        Assert.Equal("Größe", LicensePolicy.Read(folder.Write("a.yml", "schemaVersion: 1\nname: Größe\n"u8)).Name);
        Assert.Equal("x", LicensePolicy.Read(folder.Write("b.yml", [0xef, 0xbb, 0xbf, .. "schemaVersion: 1\nname: x\n"u8])).Name);
        Assert.ThrowsAny<IOException>(() => LicensePolicy.Read(folder.File("none.yml")));
    }
}
