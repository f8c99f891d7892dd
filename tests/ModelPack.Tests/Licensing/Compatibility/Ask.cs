using ModelPack.Licensing.Catalog;
using ModelPack.Licensing.Compatibility;
using ModelPack.Licensing.Guards;

namespace ModelPack.Tests.Licensing.Compatibility;

/// <summary>Questions in one line: lists are separated by spaces, inputs by commas.</summary>
internal static class Ask
{
    public static Answer Default(
        string inputs, string relations, string use, string facts = "", string? outbound = null, string? name = null) =>
        LicenseCheck.Run(
            new()
            {
                Inputs = [.. inputs.Split(',', StringSplitOptions.TrimEntries).Select(static text => new QuestionInput(text))],
                Relations = [.. relations.Split(' ').Select(CatalogWords.Parse<Relation>)],
                Use = CatalogWords.Parse<UseKind>(use),
                Facts = Facts.Parse(facts.Split(' ', StringSplitOptions.RemoveEmptyEntries)),
                Outbound = outbound,
                Name = name,
            },
            LicenseCatalog.Default);
}
