namespace ModelPack.Models.Tokenizers.Templates;

/// <summary>Kinds of tokens of a template.</summary>
internal enum TemplateTokenKind
{
    /// <summary>Text to put out as it is.</summary>
    Text,

    /// <summary>{{.</summary>
    PrintStart,

    /// <summary>}}.</summary>
    PrintEnd,

    /// <summary>{%.</summary>
    BlockStart,

    /// <summary>%}.</summary>
    BlockEnd,

    /// <summary>A name or a keyword.</summary>
    Name,

    /// <summary>A string, unescaped.</summary>
    String,

    /// <summary>A whole number.</summary>
    Integer,

    /// <summary>A number with a fraction.</summary>
    Float,

    /// <summary>An operator or a bracket.</summary>
    Sign,

    /// <summary>The end.</summary>
    End,
}
