using System.Text.Json;

namespace ModelPack.Models.Tokenizers;

/// <summary>All added tokens of a folder, put together from its files as Transformers does for a fast tokenizer.</summary>
/// <remarks>
/// tokenizer.json's added_tokens come first; added_tokens_decoder of tokenizer_config.json replaces their flags and adds
/// tokens; at last every token named as bos_token, eos_token … is made special, and added where a free id is left.
/// Source: PreTrainedTokenizerFast in Transformers 4.57.
/// </remarks>
internal sealed class AddedTokens
{
    private readonly Dictionary<string, int> _vocabulary;
    private readonly string?[] _texts;
    private readonly Dictionary<string, AddedToken> _byText = [];

    private AddedTokens(Dictionary<string, int> vocabulary, string?[] texts) => (_vocabulary, _texts) = (vocabulary, texts);

    /// <summary>Every added token, in no particular order.</summary>
    public IReadOnlyCollection<AddedToken> All => _byText.Values;

    /// <summary>Puts the tokens together.</summary>
    /// <param name="tokenizer">tokenizer.json.</param>
    /// <param name="settings">tokenizer_config.json and its companions.</param>
    /// <param name="vocabulary">Ids of the base vocabulary by text.</param>
    /// <param name="texts">Texts of the base vocabulary by id, as long as the model's vocabulary; added texts are filled in.</param>
    public static AddedTokens Read(
        JsonFile tokenizer, TokenizerSettings settings, Dictionary<string, int> vocabulary, string?[] texts)
    {
        AddedTokens tokens = new(vocabulary, texts);
        int index = 0;
        foreach ((int id, string text, JsonElement token) in Listed(tokenizer, texts.Length))
        {
            string place = $"{tokenizer.Name}: added_tokens[{index++}]";
            if (tokens._byText.TryGetValue(text, out AddedToken? known) && known.Id != id)
            {
                throw TokenizerFaults.TwoIdsOneText(place, text, known.Id, id);
            }

            bool special = JsonFile.IsTrue(token, "special");
            tokens.Put(place, new AddedToken(id, text, special, JsonFile.Flag(token, "normalized") ?? !special));
        }

        foreach (AddedToken token in settings.AddedTokens(texts.Length))
        {
            tokens.Put("tokenizer_config.json: added_tokens_decoder", token);
        }

        tokens.PutSpecial(settings);
        return tokens;
    }

    /// <summary>Texts and ids of tokenizer.json's added_tokens, in file order.</summary>
    public static IEnumerable<(int Id, string Text, JsonElement Token)> Listed(JsonFile tokenizer, int limit)
    {
        if (JsonFile.Member(tokenizer.Root, "added_tokens") is not { } list)
        {
            yield break;
        }

        int index = 0;
        foreach (JsonElement token in tokenizer.Require(list, JsonValueKind.Array, "added_tokens", "an array").EnumerateArray())
        {
            string place = $"added_tokens[{index++}]";
            tokenizer.Require(token, JsonValueKind.Object, place, "an object");
            string text = tokenizer.Text(JsonFile.Member(token, "content") ?? token, place + ".content");
            yield return (tokenizer.Id(JsonFile.Member(token, "id") ?? token, place + ".id", limit), text, token);
        }
    }

    private void Put(string place, AddedToken token)
    {
        if (_byText.TryGetValue(token.Text, out AddedToken? known))
        {
            // tokenizer_config.json repeats tokens for their flags; the id of tokenizer.json counts.
            _byText[token.Text] = token with { Id = known.Id };
            return;
        }

        if (_vocabulary.TryGetValue(token.Text, out int id) && id != token.Id)
        {
            throw TokenizerFaults.TwoIdsOneText(place, token.Text, id, token.Id);
        }

        if (_texts[token.Id] is { } other && other != token.Text)
        {
            throw TokenizerFaults.TwoTextsOneId(place, token.Id, other, token.Text);
        }

        _texts[token.Id] = token.Text;
        _byText.Add(token.Text, token);
    }

    private void PutSpecial(TokenizerSettings settings)
    {
        int next = Array.FindLastIndex(_texts, static t => t is not null) + 1;
        foreach (string text in settings.SpecialTexts)
        {
            if (_byText.TryGetValue(text, out AddedToken? known))
            {
                _byText[text] = known with { Special = true };
            }
            else if (_vocabulary.TryGetValue(text, out int id))
            {
                _byText.Add(text, new AddedToken(id, text, Special: true, Normalized: false));
            }
            else if (next < _texts.Length)
            {
                // A token that neither vocabulary nor embedding knows is of no use, and is left out beyond the end.
                _texts[next] = text;
                _byText.Add(text, new AddedToken(next++, text, Special: true, Normalized: false));
            }
        }
    }
}
