using System.Text;
using System.Text.RegularExpressions;

namespace ModelPack.Tests.Licensing.Identity;

/// <summary>What happens to license texts on their way into repositories. Seeded: the same text is always changed the same way.</summary>
internal static partial class LicensePerturbation
{
    private static readonly string[] Words =
        "model weights river station garden policy number system window update table signal paper music travel market engine forest letter simple moving branch random figure circle".Split(' ');

    private const string ReadmeStart = """
        # Example project

        This repository contains code and model weights for an example. Install it with the package manager and see the docs folder
        for more. The tokenizer is in the assets directory and the configuration can be changed in config.json.

        ## Usage

        Run the command with the path of a checkpoint and wait until the conversion has finished.

        ## License


        """;

    private const string ReadmeEnd = """


        ## Citation

        If you find this useful, please cite our technical report. For questions open an issue or write to us by mail.

        """;

    /// <summary>The text as it is, and eleven changes.</summary>
    public static IReadOnlyList<(string Name, Func<string, string> Apply)> All { get; } =
    [
        ("exact", static text => text),
        ("wrapped anew", Rewrap),
        ("one line", static text => Spaces().Replace(text, " ")),
        ("other copyright", OtherCopyright),
        ("comment #", static text => string.Concat(text.Split('\n').Select(static line => $"# {line}".TrimEnd() + "\n"))),
        ("comment *", static text => $"/*\n{string.Concat(text.Split('\n').Select(static line => $" * {line}".TrimEnd() + "\n"))} */\n"),
        ("1 % of words", static text => ChangeWords(text, 0.01)),
        ("3 % of words", static text => ChangeWords(text, 0.03)),
        ("cut to 75 %", static text => text[..(text.Length * 3 / 4)]),
        ("cut to 50 %", static text => text[..(text.Length / 2)]),
        ("Markdown", Markdown),
        ("in a README", static text => ReadmeStart + text + ReadmeEnd),
    ];

    private static string Rewrap(string text)
    {
        const int Width = 60;
        StringBuilder wrapped = new();
        foreach (string paragraph in Blank().Split(text))
        {
            int column = 0;
            foreach (string word in paragraph.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
            {
                bool breaks = column > 0 && column + 1 + word.Length > Width;
                wrapped.Append(breaks ? "\n" : column > 0 ? " " : "").Append(word);
                column = (breaks || column == 0 ? 0 : column + 1) + word.Length;
            }

            wrapped.Append("\n\n");
        }

        return wrapped.ToString();
    }

    private static string OtherCopyright(string text) =>
        "Copyright (c) 2019-2026 Jane Q. Example <jane@example.com>\nAll rights reserved.\n\n"
        + CopyrightStart().Replace(text, "$1Copyright (c) 2025 Example Model Lab Ltd. and contributors");

    private static string ChangeWords(string text, double share)
    {
        Random random = new(text.Length);
        string[] parts = PartsOf().Split(text);
        int[] words = [.. Enumerable.Range(0, parts.Length).Where(i => TwoLetters().IsMatch(parts[i]))];
        random.Shuffle(words);
        foreach (int i in words.Take(Math.Max(1, (int)Math.Round(words.Length * share))))
        {
            parts[i] = random.NextDouble() switch
            {
                < 0.5 => Words[random.Next(Words.Length)],
                < 0.75 => "",
                _ => $"{parts[i]} {Words[random.Next(Words.Length)]}",
            };
        }

        return string.Concat(parts);
    }

    private static string Markdown(string text)
    {
        text = Quoted().Replace(text.Replace('\'', '’'), "“$1”");
        IEnumerable<string> paragraphs = Blank().Split(text).Select(static (paragraph, i) => i == 0
            ? $"# {paragraph.Trim().Replace("\n", "\n# ", StringComparison.Ordinal)}"
            : Numbered().Replace(paragraph, @"$1$2\. **$3**"));
        return string.Join("\n\n", paragraphs);
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

    [GeneratedRegex(@"\n\s*\n")]
    private static partial Regex Blank();

    [GeneratedRegex(@"(\s+)")]
    private static partial Regex PartsOf();

    [GeneratedRegex("[A-Za-z]{2}")]
    private static partial Regex TwoLetters();

    [GeneratedRegex("\"([^\"]*)\"")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"^(\s*)(\d+)\.\s*(\w+)")]
    private static partial Regex Numbered();

    [GeneratedRegex(@"^(\s*)(copyright|\(c\)|©).*$", RegexOptions.IgnoreCase | RegexOptions.Multiline)]
    private static partial Regex CopyrightStart();
}
