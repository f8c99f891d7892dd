namespace ModelPack.Cli.Recipes;

/// <summary>An option that a recipe sets.</summary>
/// <param name="Name">As on the command line: "--rule".</param>
/// <param name="Value">As on the command line.</param>
internal sealed record RecipeOption(string Name, string Value);
