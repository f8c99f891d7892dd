namespace ModelPack.Licensing.Identity;

/// <summary>
/// Spellings that SPDX's matching guidelines treat as one word, and words that are written together or apart.
/// </summary>
internal static class EquivalentWords
{
    private static readonly Dictionary<string, string[]> Table = Create();

    private static readonly Dictionary<string, string[]>.AlternateLookup<ReadOnlySpan<char>> Lookup =
        Table.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The words to use in place of a lower-case word, or null to keep it.</summary>
    public static string[]? Find(ReadOnlySpan<char> word) => Lookup.TryGetValue(word, out string[]? words) ? words : null;

    private static Dictionary<string, string[]> Create()
    {
        Dictionary<string, string[]> table = [];
        string pairs = """
            acknowledgement acknowledgment, analogue analog, analyse analyze, artefact artifact, authorisation authorization,
            authorised authorized, calibre caliber, cancelled canceled, capitalisations capitalizations, catalogue catalog,
            categorise categorize, centre center, emphasised emphasized, favour favor, favourite favorite, fulfil fulfill,
            fulfilment fulfillment, https http, initialise initialize, judgement judgment, labelling labeling, labour labor,
            licence license, licences licenses, licenced licensed, maximise maximize, modelled modeled, modelling modeling,
            offence offense, optimise optimize, organisation organization, organise organize, practise practice,
            programme program, realise realize, recognise recognize, signalling signaling, sublicence sub+license,
            sublicense sub+license, sublicences sub+licenses, sublicenses sub+licenses, sublicensed sub+licensed,
            sublicensing sub+licensing, noncommercial non+commercial, utilisation utilization, whilst while, wilful willful
            """;
        foreach (string pair in pairs.Split(',', StringSplitOptions.TrimEntries))
        {
            string[] sides = pair.Split(' ');
            table.Add(sides[0], sides[1].Split('+'));
        }

        return table;
    }
}
