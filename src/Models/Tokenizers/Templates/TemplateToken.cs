namespace ModelPack.Models.Tokenizers.Templates;

/// <summary>One token of a template.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">Its text.</param>
/// <param name="Line">Line in the template, from 1.</param>
internal readonly record struct TemplateToken(TemplateTokenKind Kind, string Text, int Line);
