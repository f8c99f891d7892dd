using System.Text;
using ModelPack.Licensing.Policy;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Licensing.Policy;

public sealed class PolicyFaultTests
{
    private const string Relations = "convert, quantize, finetune, merge, adapter, distil, dataset, aggregate, outputs";

    [Theory]
    [InlineData("", "1:1: expected one YAML document")]
    [InlineData("- a\n", "1:1: expected a mapping of fields, found a list")]
    [InlineData("use: saas\n", "1:1: the field 'schemaVersion' is missing")]
    [InlineData("schemaVersion: 2\n", "1:16: version '2' of the format is not known here; expected 1")]
    public void A_fault_of_the_whole_is_named(string yaml, string message) => AssertFault(yaml, message);

    [Theory]
    [InlineData("use: cloud", "2:6: 'cloud' is not known here; expected internal, personal, saas, redistribute")]
    [InlineData("use: [saas]", "2:6: expected a text, found a list")]
    [InlineData("name:", "2:6: expected a text, found nothing")]
    [InlineData("outbound: MIT OR", "2:11: 'MIT OR' is no license expression: column 7: expected a license or '(', got the end")]
    [InlineData("failOn: never", "2:9: 'never' is not known here; expected denied, review or obligations")]
    [InlineData("fact:\n  mau: 1", "2:1: there is no field 'fact' here; expected schemaVersion, use, outbound, name, facts, allow, deny, review, exceptions, lineage, failOn")]
    [InlineData("facts: [mau]", "2:8: expected a mapping of fields, found a list")]
    [InlineData("facts:\n  mua: 5", "3:3: there is no fact 'mua'; did you mean 'mau'?")]
    [InlineData("facts:\n  comercial: true", "3:3: there is no fact 'comercial'; did you mean 'commercial'?")]
    [InlineData("facts:\n  moonphase: full", "3:3: there is no fact 'moonphase'")]
    [InlineData("facts:\n  name: x", "3:3: the result's name is no fact here; expected it in the policy's field 'name'")]
    [InlineData("facts:\n  mau: many", "3:8: \"many\" is no number of zero or more, such as 100000000 or 100_000_000")]
    [InlineData("facts:\n  mau: -1", "3:8: \"-1\" is no number of zero or more, such as 100000000 or 100_000_000")]
    [InlineData("facts:\n  mau: [1, 2]", "3:8: mau has one value; found a list")]
    [InlineData("facts:\n  commercial: 1", "3:15: \"1\" is neither true nor false")]
    [InlineData("facts:\n  place: [DE, Germany]", "3:10: \"Germany\" is no country code of two letters, EU or WORLD")]
    [InlineData("facts:\n  place: [[DE]]", "3:11: expected a text, found a list")]
    [InlineData("facts:\n  place: []", "3:10: the value is empty")]
    [InlineData("allow: MIT", "2:8: 'allow' must be a list, found 'MIT'")]
    [InlineData("deny:\n  - Apache2.0", "3:5: 'Apache2.0' is no license id that is known here; did you mean 'Apache-2.0'?")]
    [InlineData("deny:\n  - Qqqqqqqqqqq", "3:5: 'Qqqqqqqqqqq' is no license id that is known here")]
    [InlineData("deny:\n  - Gnux*", "3:5: no known license id starts with 'Gnux'; expected the start of an id before one '*', such as GPL-*")]
    [InlineData("deny:\n  - G*L*", "3:5: no known license id starts with 'G*L'; expected the start of an id before one '*', such as GPL-*")]
    [InlineData("deny:\n  - MIT OR BSD-3-Clause", "3:5: 'MIT OR BSD-3-Clause' names more than one license; expected one in each item")]
    [InlineData("deny:\n  - GPL-2.0-only WITH Classpath-exception-2.0", "3:5: 'GPL-2.0-only WITH Classpath-exception-2.0': what stands after WITH is not told apart here; expected 'GPL-2.0-only'")]
    [InlineData("deny:\n  - condition: scal", "3:16: 'scal' is not known here; expected copy, notice, changes, passon, display, name, policy, source, duty, field, territory, scale, commercial, training, derivatives, registration, safeguards")]
    [InlineData("deny:\n  - condition: scale\n    license: MIT", "3:16: expected either 'license' or 'condition'")]
    [InlineData("deny:\n  - reason: x", "3:5: expected either 'license' or 'condition'")]
    [InlineData("deny:\n  - license: MIT\n    expires: 2027-01-01", "4:5: there is no field 'expires' here; expected license, condition, reason")]
    [InlineData("deny:\n  - [MIT]", "3:5: expected a text, found a list")]
    [InlineData("exceptions:\n  - MIT", "3:5: expected a mapping of fields, found 'MIT'")]
    [InlineData("exceptions:\n  - license: MIT\n    expires: 2027-01-01", "3:5: the field 'reason' is missing")]
    [InlineData("exceptions:\n  - license: MIT\n    reason: x", "3:5: the field 'expires' is missing")]
    [InlineData("exceptions:\n  - license: MIT\n    reason: x\n    expires: 01.02.2027", "5:14: '01.02.2027' is no day; expected YYYY-MM-DD")]
    [InlineData("exceptions:\n  - license: MIT\n    reason: x\n    expires: 2027-02-29", "5:14: '2027-02-29' is no day; expected YYYY-MM-DD")]
    [InlineData("exceptions:\n  - reason: x\n    expires: 2027-01-01", "3:5: expected at least one of 'license', 'code' and 'component'")]
    [InlineData("exceptions:\n  - code: 303\n    reason: x\n    expires: 2027-01-01", "3:11: '303' is no finding code; expected one such as MPL303")]
    [InlineData("exceptions:\n  - code: MPL303\n    clause: '2'\n    reason: x\n    expires: 2027-01-01", "4:13: a clause is one of a license; expected 'license' too")]
    [InlineData("lineage:\n  - license: MIT", "3:5: the field 'artifact' is missing")]
    [InlineData("lineage:\n  - artifact: a\n    license: MIT", "4:14: a person's conclusion needs a reason; expected 'reason' too")]
    [InlineData("lineage:\n  - artifact: a\n  - artifact: a", "4:15: 'a' stands here twice; expected one item for each artifact")]
    [InlineData("lineage:\n  - artifact: a\n    parents:\n      - { name: b }", "5:9: the field 'relation' is missing")]
    [InlineData("lineage:\n  - artifact: a\n    parents:\n      - { name: b, relation: host }", "5:30: 'host' is done with a result; expected how one is made: " + Relations)]
    [InlineData("lineage:\n  - artifact: a\n    datasets:\n      - { name: b, relation: dataset }", "5:20: there is no field 'relation' here; expected name, license")]
    public void A_fault_of_a_field_is_named_with_place_value_and_expectation(string field, string message) =>
        AssertFault($"schemaVersion: 1\n{field}\n", message);

    [Theory]
    [InlineData("use: saas\nuse: saas", 3, 1, "Duplicate key use")]
    [InlineData("facts:\n  mau: 1\n  mau: 2", 4, 3, "Duplicate key mau")]
    [InlineData("allow: [MIT\nuse: saas", 2, 8, "expected every bracket, brace and quote to be closed")]
    [InlineData("allow: [MIT", 3, 1, "")]
    [InlineData("facts: { mau: 1", 3, 1, "")]
    [InlineData("name: \"x", 2, 7, "quoted scalar")]
    [InlineData("\tname: x", 1, 16, "")]
    [InlineData("name: &a x", 2, 7, "the anchor '&a' is not read here; write the value out")]
    [InlineData("name: *a", 2, 7, "the alias '*a' is not read here; write the value out")]
    [InlineData("name: !!binary eA==", 2, 7, "is not read here; write a plain value")]
    [InlineData("---\nschemaVersion: 1", 0, 0, "expected one YAML document")]
    public void What_is_no_plain_YAML_is_refused_where_it_stands(string rest, long line, long column, string part)
    {
        InvalidPolicyException fault = Assert.Throws<InvalidPolicyException>(() => LicensePolicy.Parse($"schemaVersion: 1\n{rest}\n", "p.yml"));
        Assert.StartsWith($"p.yml:{fault.Line}:{fault.Column}: ", fault.Message, StringComparison.Ordinal);
        Assert.Contains(part, fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', fault.Message);
        if (line > 0)
        {
            Assert.Equal((line, column), (fault.Line, fault.Column));
        }
    }

    [Fact]
    public void A_bomb_of_aliases_stays_small()
    {
        StringBuilder bomb = new("schemaVersion: 1\na: &a [x, x, x, x, x, x, x, x, x]\n");
        for (char name = 'b'; name <= 'p'; name++)
        {
            bomb.Append(name).Append(": &").Append(name).Append(" [").AppendJoin(", ", Enumerable.Repeat($"*{(char)(name - 1)}", 9)).Append("]\n");
        }

        AssertFault(bomb.ToString(), "2:4: the anchor '&a' is not read here; write the value out");
    }

    [Fact]
    public void Deep_nesting_and_many_values_end_early()
    {
        string deep = "schemaVersion: 1\nallow: " + new string('[', 500_000);
        Assert.Contains("nested deeper than 16 levels", Assert.Throws<InvalidPolicyException>(() => LicensePolicy.Parse(deep, "p.yml")).Message, StringComparison.Ordinal);
        string wide = "schemaVersion: 1\nallow:\n" + string.Concat(Enumerable.Repeat("- x\n", 150_000));
        Assert.Contains("more than 100000 values", Assert.Throws<InvalidPolicyException>(() => LicensePolicy.Parse(wide, "p.yml")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_too_long_or_not_UTF_8_is_refused()
    {
        using TempFolder folder = new();
        string path = folder.Write("long.yml", new byte[1024 * 1024 + 1]);
        Assert.Equal($"{path}:1:1: the file is longer than 1048576 bytes, which is all that is read", Assert.Throws<InvalidPolicyException>(() => LicensePolicy.Read(path)).Message);
        path = folder.Write("latin.yml", [.. "schemaVersion: 1\nname: Gr"u8, 0xf6, .. "sse\n"u8]);
        Assert.Equal($"{path}:2:9: byte 0xf6 is not UTF-8", Assert.Throws<InvalidPolicyException>(() => LicensePolicy.Read(path)).Message);
    }

    [Fact]
    public void Any_text_is_a_policy_or_an_invalid_policy()
    {
        const string Marks = "[]{}:-#,&*!|>'\"%@`\t\n ?~0aA\u2028\0";
        Random random = new(17);
        for (int i = 0; i < 3_000; i++)
        {
            StringBuilder text = new(LicensePolicyTests.Full);
            for (int edits = random.Next(1, 4); edits > 0; edits--)
            {
                int at = random.Next(text.Length);
                text.Remove(at, random.Next(Math.Min(4, text.Length - at)));
                text.Insert(at, Marks[random.Next(Marks.Length)]);
            }

            try
            {
                LicensePolicy.Parse(text.ToString(), "p.yml");
            }
            catch (InvalidPolicyException fault)
            {
                Assert.InRange(fault.Line, 1, 60);
            }
        }
    }

    private static void AssertFault(string yaml, string message) =>
        Assert.Equal($"p.yml:{message}", Assert.Throws<InvalidPolicyException>(() => LicensePolicy.Parse(yaml, "p.yml")).Message);
}
