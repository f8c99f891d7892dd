namespace ModelPack.Licensing.Guards;

/// <summary>What values a fact takes.</summary>
public enum FactKind
{
    /// <summary>A count or an amount, never negative: <c>mau=50000000</c>.</summary>
    Number,

    /// <summary><c>true</c> or <c>false</c>.</summary>
    Flag,

    /// <summary>One or more words, separated by commas: <c>field=military,research</c>.</summary>
    Words,

    /// <summary>One or more ISO 3166 country codes, <c>EU</c> or <c>WORLD</c>, separated by commas.</summary>
    Places,

    /// <summary>One text, compared as it is written.</summary>
    Text,
}
