namespace ModelPack.Cli;

/// <summary>A file that "modelpack new" writes; its content stands in the folder <c>templates</c>.</summary>
/// <param name="Name">The name on the command line, and the file's in <c>templates</c>.</param>
/// <param name="Meaning">What it is, as a phrase.</param>
internal sealed record ProjectTemplate(string Name, string Meaning)
{
    /// <summary>Every template.</summary>
    public static IReadOnlyList<ProjectTemplate> All { get; } =
    [
        new("policy", "a license policy with every field explained"),
        new("recipe", "what quantize does to a model, with every field explained"),
        new("github", "a GitHub Actions workflow that runs the license audit"),
        new("gitlab", "a GitLab CI/CD job that runs the license audit"),
        new("azure", "an Azure pipeline that runs the license audit"),
    ];

    /// <summary>Its text.</summary>
    public string Read()
    {
        using Stream stream = typeof(ProjectTemplate).Assembly.GetManifestResourceStream($"templates/{Name}.yml")!;
        using StreamReader reader = new(stream);
        return reader.ReadToEnd();
    }
}
