namespace ModelPack.Licensing.Guards;

/// <summary>A fact that a clause may ask for.</summary>
/// <param name="Name">The name on the command line and in guards.</param>
/// <param name="Kind">What values it takes.</param>
/// <param name="Meaning">What to state, as one phrase without a period.</param>
public sealed record FactDefinition(string Name, FactKind Kind, string Meaning)
{
    /// <summary>Every fact that the catalogue knows, sorted by name.</summary>
    public static IReadOnlyList<FactDefinition> All { get; } =
    [
        new("arr_usd", FactKind.Number, "annual recurring revenue of the product in US dollars"),
        new("cloud_provider", FactKind.Flag, "whether the user is a software or cloud service provider"),
        new("commercial", FactKind.Flag, "whether the use is commercial"),
        new("commercial_license", FactKind.Flag, "whether the licensor granted a separate commercial license"),
        new("competing", FactKind.Flag, "whether the product or the trained model competes with the licensor's"),
        new("cosmos", FactKind.Flag, "whether the model is an NVIDIA Cosmos model"),
        new("dau", FactKind.Number, "daily active users of the product"),
        new("end_user_of_product", FactKind.Flag, "whether the user only uses another party's finished product"),
        new("entity_home", FactKind.Places, "country of domicile or principal place of business"),
        new("field", FactKind.Words, "fields of use, such as military, medical-advice or surveillance"),
        new("mau", FactKind.Number, "monthly active users of the product"),
        new("mau_at_release", FactKind.Number, "monthly active users in the month before the model's release"),
        new("modality", FactKind.Words, "text or multimodal"),
        new("name", FactKind.Text, "name of the result"),
        new("place", FactKind.Places, "countries of use and distribution"),
        new("registered", FactKind.Flag, "whether the registration that the license asks for was made"),
        new("removes_guardrail", FactKind.Flag, "whether a safety guardrail is removed or weakened"),
        new("rev_month_usd", FactKind.Number, "monthly revenue of the product in US dollars"),
        new("rev_year_usd", FactKind.Number, "annual revenue of the company and its affiliates in US dollars"),
        new("visits_month", FactKind.Number, "visits of the service in a month"),
    ];

    /// <returns>The definition of that name, or null.</returns>
    public static FactDefinition? Find(string name) => All.FirstOrDefault(fact => fact.Name == name);
}
