namespace ModelPack.Models.Tokenizers;

/// <summary>A Jinja template that renders a conversation. It is carried, never run.</summary>
/// <param name="Name">Letters, digits and underscores; "default" for the main one.</param>
/// <param name="Text">The template.</param>
public sealed record ChatTemplate(string Name, string Text);
