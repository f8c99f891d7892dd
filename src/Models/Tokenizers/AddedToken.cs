namespace ModelPack.Models.Tokenizers;

/// <summary>A token that was added by hand to a vocabulary.</summary>
/// <param name="Id">Token id.</param>
/// <param name="Text">As users write it.</param>
/// <param name="Special">A control token.</param>
/// <param name="Normalized">Whether the tokenizer normalizes the text before it looks for this token.</param>
internal sealed record AddedToken(int Id, string Text, bool Special, bool Normalized)
{
    /// <summary>Whether the text alone says that this is a control token, whatever its flag.</summary>
    /// <remarks>Source: does_token_look_special in llama.cpp's converter.</remarks>
    public static bool LooksSpecial(string text) =>
        text is "<pad>" or "<mask>" or "<2mass>" or "[@BOS@]"
        || Encloses(text, "<|", "|>") || Encloses(text, "<｜", "｜>") || Encloses(text, "<unused", ">");

    private static bool Encloses(string text, string start, string end) =>
        text.StartsWith(start, StringComparison.Ordinal) && text.EndsWith(end, StringComparison.Ordinal);
}
