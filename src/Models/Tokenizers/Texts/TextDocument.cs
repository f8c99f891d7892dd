namespace ModelPack.Models.Tokenizers.Texts;

/// <summary>One text to calibrate with or to measure on.</summary>
/// <param name="Place">Where it stands: "wiki.txt", or "chats.jsonl: line 17".</param>
/// <param name="Text">The text.</param>
/// <param name="IsConversation">
/// Rendered by a chat template: control tokens are spelled out in it, BOS among them, so they are read and none is added.
/// </param>
public sealed record TextDocument(string Place, string Text, bool IsConversation);
