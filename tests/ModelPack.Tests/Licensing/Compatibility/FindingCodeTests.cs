using System.Reflection;
using ModelPack.Licensing.Catalog;
using ModelPack.Licensing.Compatibility;

namespace ModelPack.Tests.Licensing.Compatibility;

public sealed class FindingCodeTests
{
    [Theory]
    [InlineData(ConditionKind.Copy, "MPL201")]
    [InlineData(ConditionKind.Notice, "MPL202")]
    [InlineData(ConditionKind.Changes, "MPL203")]
    [InlineData(ConditionKind.PassOn, "MPL204")]
    [InlineData(ConditionKind.Display, "MPL205")]
    [InlineData(ConditionKind.Name, "MPL206")]
    [InlineData(ConditionKind.Policy, "MPL207")]
    [InlineData(ConditionKind.Source, "MPL208")]
    [InlineData(ConditionKind.Duty, "MPL209")]
    [InlineData(ConditionKind.Field, "MPL301")]
    [InlineData(ConditionKind.Territory, "MPL302")]
    [InlineData(ConditionKind.Scale, "MPL303")]
    [InlineData(ConditionKind.Commercial, "MPL304")]
    [InlineData(ConditionKind.Training, "MPL305")]
    [InlineData(ConditionKind.Derivatives, "MPL306")]
    [InlineData(ConditionKind.Registration, "MPL307")]
    [InlineData(ConditionKind.Safeguards, "MPL308")]
    public void A_kind_keeps_its_code(ConditionKind kind, string code) => Assert.Equal(code, FindingCode.Of(kind));

    [Fact]
    public void Other_codes_stay_as_they_are()
    {
        string[] codes = [.. typeof(FindingCode).GetFields(BindingFlags.Public | BindingFlags.Static)
            .Where(static field => field.IsLiteral)
            .Select(static field => $"{field.GetRawConstantValue()} {field.Name}")
            .Order(StringComparer.Ordinal)];
        Assert.Equal(
            [
                "MPL101 UnknownLicense", "MPL102 MissingFact", "MPL103 UnsettledReach", "MPL104 TooManyChoices",
                "MPL105 Disagreement", "MPL106 NoLicense", "MPL107 UnclearDeclaration", "MPL108 UnknownParent", "MPL109 UnreadText",
                "MPL401 Outbound", "MPL402 Conflict", "MPL403 TwoRestrictions",
                "MPL501 PolicyDenied", "MPL502 PolicyReview", "MPL503 NotOnAllowList", "MPL504 ExpiredException",
                "MPL601 LicenseChanged", "MPL602 TextChanged", "MPL603 FileAdded", "MPL604 FileRemoved", "MPL605 ArtifactAdded",
                "MPL606 ArtifactRemoved", "MPL607 DeclarationChanged", "MPL608 RelationChanged",
            ],
            codes);
    }

    [Fact]
    public void No_two_kinds_share_a_code()
    {
        string[] codes = [.. Enum.GetValues<ConditionKind>().Select(FindingCode.Of)];
        Assert.Distinct(codes);
    }

    [Fact]
    public void All_has_every_code_once_each_with_a_title()
    {
        IEnumerable<string> constants = typeof(FindingCode).GetFields(BindingFlags.Public | BindingFlags.Static)
            .Where(static field => field.IsLiteral)
            .Select(static field => (string)field.GetRawConstantValue()!);
        string[] expected = [.. constants.Concat(Enum.GetValues<ConditionKind>().Select(FindingCode.Of)).Order(StringComparer.Ordinal)];
        Assert.Equal(expected, FindingCode.All);
        Assert.All(FindingCode.All, static code => Assert.NotEqual(code, FindingCode.Title(code)));
        Assert.Distinct(FindingCode.All.Select(FindingCode.Title));
    }
}
