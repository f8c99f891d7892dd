namespace ModelPack.Licensing.Guards;

/// <summary>Kleene's three values, ordered so that "and" is the least and "or" the greatest.</summary>
public enum Truth
{
    False,
    Unknown,
    True,
}
