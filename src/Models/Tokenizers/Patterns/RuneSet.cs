namespace ModelPack.Models.Tokenizers.Patterns;

/// <summary>A <see cref="RuneClass"/> made fast: one bit for each code point of the basic plane.</summary>
internal sealed class RuneSet
{
    private readonly ulong[] _bits = new ulong[BasicPlane.Words];

    private readonly RuneClass _class;

    public RuneSet(RuneClass runes)
    {
        _class = runes;
        runes.AddTo(_bits);
    }

    /// <summary>Length of the code point at a place of a text if it is in the set: 1 or 2; 0 if it is not.</summary>
    /// <param name="text">The text.</param>
    /// <param name="at">A place before the end.</param>
    /// <param name="end">Where the text ends.</param>
    public int Match(string text, int at, int end)
    {
        char c = text[at];
        if ((c & 0xFC00) == 0xD800 && at + 1 < end && char.IsLowSurrogate(text[at + 1]))
        {
            return _class.Contains(char.ConvertToUtf32(c, text[at + 1])) ? 2 : 0;
        }

        return (int)(_bits[c >> 6] >> c & 1);
    }
}
