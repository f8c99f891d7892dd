using System.Text.Json;

namespace ModelPack.Models.Tokenizers;

/// <summary>Reads from tokenizer.json's post-processor which tokens are put around every text.</summary>
/// <remarks>Source: SpecialVocab in gguf-py, which reads simple templates only; what it takes from odd ones is kept.</remarks>
internal sealed class TemplateReader(JsonFile tokenizer, bool hasSettings, Dictionary<SpecialTokenRole, TokenName> names)
{
    private readonly List<AutomaticToken> _automatic = [];
    private readonly List<SpecialTokenRole> _displaced = [];
    private TokenName _bos;
    private TokenName _cls;
    private TokenName _eos;
    private TokenName _sep;

    /// <summary>What is added.</summary>
    public IReadOnlyList<AutomaticToken> Automatic => _automatic;

    /// <summary>Roles that a former EOS got because the template ends in another token.</summary>
    public IReadOnlyList<SpecialTokenRole> Displaced => _displaced;

    /// <summary>Sets a flag; a known one keeps its place.</summary>
    public static void Set(List<AutomaticToken> tokens, SpecialTokenRole role, bool added)
    {
        int known = tokens.FindIndex(t => t.Role == role);
        if (known >= 0)
        {
            tokens[known] = new AutomaticToken(role, added);
        }
        else
        {
            tokens.Add(new AutomaticToken(role, added));
        }
    }

    /// <summary>Reads the post-processor; names of BOS, EOS and so on may be filled in or changed by it.</summary>
    public void Read()
    {
        (_bos, _cls) = (names[SpecialTokenRole.Bos], names[SpecialTokenRole.Cls]);
        (_eos, _sep) = (names[SpecialTokenRole.Eos], names[SpecialTokenRole.Sep]);
        if (!_bos.IsSet && _cls.IsSet)
        {
            names[SpecialTokenRole.Bos] = _bos = _cls;
        }

        if (!_eos.IsSet && _sep.IsSet)
        {
            names[SpecialTokenRole.Eos] = _eos = _sep;
        }

        if (JsonFile.Member(tokenizer.Root, "post_processor") is not { ValueKind: JsonValueKind.Object } root)
        {
            return;
        }

        foreach (JsonElement processor in Items(root, "processors") ?? [root])
        {
            switch (tokenizer.TypeOf(processor, "post_processor"))
            {
                case "RobertaProcessing":
                    ReadRoberta(processor);
                    break;
                case "TemplateProcessing":
                    string? last = ReadSingle(Items(processor, "single") ?? [], out string? first);
                    ReadPair(Items(processor, "pair") ?? [], first, last);
                    break;
            }
        }
    }

    private void ReadRoberta(JsonElement processor)
    {
        Set(_automatic, SpecialTokenRole.Bos, true);
        Set(_automatic, SpecialTokenRole.Eos, true);
        Set(_automatic, SpecialTokenRole.Sep, true);
        if (!_cls.IsSet && hasSettings)
        {
            names[SpecialTokenRole.Cls] = _cls = First(processor, "cls") ?? _bos;
        }

        if (!_sep.IsSet && hasSettings)
        {
            names[SpecialTokenRole.Sep] = _sep = First(processor, "sep") ?? _eos;
        }
    }

    private string? ReadSingle(JsonElement[] single, out string? first)
    {
        first = single.Length > 1 ? Special(single[0]) : null;
        if (first is not null)
        {
            _bos = hasSettings ? _bos : TokenName.Of(first);
            Set(_automatic, SpecialTokenRole.Bos, first == _bos.Text || first == _cls.Text);
        }

        string? last = single.Length > 1 ? Special(single[^1]) : null;
        if (last is not null)
        {
            if (hasSettings && last != _eos.Text)
            {
                Displace();
                names[SpecialTokenRole.Eos] = TokenName.Of(last);
            }

            _eos = TokenName.Of(last);
            Set(_automatic, SpecialTokenRole.Eos, true);
        }

        return last;
    }

    private void Displace()
    {
        SpecialTokenRole role = _displaced.Count == 0 ? SpecialTokenRole.Eot : SpecialTokenRole.Eom;
        if (_displaced.Count < 2)
        {
            _displaced.Add(role);
            names[role] = _eos;
        }
    }

    private void ReadPair(JsonElement[] pair, string? first, string? last)
    {
        int start = first is not null && pair.Length > 0 && Special(pair[0]) == first ? 1 : 0;
        int end = last is not null && pair.Length > 0 && Special(pair[^1]) == last ? pair.Length - 1 : pair.Length;
        JsonElement[] middle = start < end ? pair[start..end] : [];
        if (middle.Length < 3 || Sequence(middle[0]) != "A" || Sequence(middle[^1]) != "B")
        {
            return;
        }

        middle = middle[1..^1];
        bool separates = IsSeparator(Special(middle[0])) && last is null;
        separates |= middle.Length == 2 && IsSeparator(Special(middle[1]));
        Set(_automatic, SpecialTokenRole.Sep, separates);
        if (separates && !_sep.IsSet && hasSettings)
        {
            names[SpecialTokenRole.Sep] = _eos;
        }
    }

    private bool IsSeparator(string? token) => token is not null && (token == _sep.Text || token == _eos.Text);

    private string? Special(JsonElement item) => Id(item, "SpecialToken") is { Length: > 0 } id ? id : null;

    private string? Sequence(JsonElement item) => Id(item, "Sequence");

    private string? Id(JsonElement item, string kind) =>
        JsonFile.Member(item, kind) is { } part && JsonFile.Member(part, "id") is { ValueKind: JsonValueKind.String } id
            ? tokenizer.Text(id, $"post_processor.{kind}.id")
            : null;

    private TokenName? First(JsonElement processor, string name) =>
        Items(processor, name) is [{ ValueKind: JsonValueKind.String } text, ..]
            ? TokenName.Of(tokenizer.Text(text, $"post_processor.{name}"))
            : null;

    private static JsonElement[]? Items(JsonElement element, string name) =>
        JsonFile.Member(element, name) is { ValueKind: JsonValueKind.Array } list ? [.. list.EnumerateArray()] : null;
}
