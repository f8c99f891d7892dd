using System.Text.Json;

namespace ModelPack.Models.Tokenizers.Texts;

/// <summary>A model's chat template.</summary>
public sealed class ConversationTemplate
{
    internal string Render(string place, JsonElement conversation) => throw TextFaults.NoTemplate(place);
}
