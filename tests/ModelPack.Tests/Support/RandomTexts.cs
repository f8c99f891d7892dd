using System.Globalization;
using System.Text;

namespace ModelPack.Tests.Support;

/// <summary>Random texts of every script, from a fixed seed: runs of one kind of character, mixed with others and with ASCII.</summary>
internal static class RandomTexts
{
    private static readonly (int First, int Last)[] Blocks =
    [
        (0x20, 0x7E), (0x20, 0x7E), (0x20, 0x7E), (0x00, 0x1F), (0x80, 0xFF), (0x100, 0x24F), (0x250, 0x2FF), (0x300, 0x36F), (0x370, 0x3FF),
        (0x400, 0x4FF), (0x530, 0x58F), (0x590, 0x5FF), (0x600, 0x6FF), (0x900, 0x97F), (0xE00, 0xE7F), (0x10A0, 0x10FF), (0x1100, 0x11FF),
        (0x1E00, 0x1EFF), (0x1F00, 0x1FFF), (0x2000, 0x206F), (0x2070, 0x20CF), (0x2100, 0x218F), (0x2190, 0x2BFF), (0x2E80, 0x2FDF),
        (0x3000, 0x303F), (0x3040, 0x30FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3), (0xF900, 0xFAFF), (0xFB00, 0xFDFF),
        (0xFE00, 0xFE2F), (0xFF00, 0xFFEF), (0xE000, 0xE0FF), (0x10000, 0x1034F), (0x10400, 0x104FF), (0x1D100, 0x1D1FF),
        (0x1D400, 0x1D7FF), (0x1F300, 0x1FAFF), (0x20000, 0x2A6DF), (0x2F800, 0x2FA1F), (0xE0000, 0xE01EF),
    ];

    private static readonly string[] Pieces =
    [
        " ", "  ", "\n", "\r\n", "\t", "\n\n", "'s", "'S", "'LL", "don't", "I'VE", "1", "23", "456", "789012", ".", "...", "http://", "_", "/",
        "\u00a0", "\u2028", "\u3000", "e\u0301", "\u1100\u1161\u11a8", "👩‍👩‍👧", "🇩🇪", "<b>", "Hello", "WORLD", "mIxEd", "ﬀ", "ß", "İ", "ǅ", "'ſ", "\ufeff", "\u0085", "々", "〇", "<|im_end|>", "<|endoftext|>",
    ];

    /// <summary>Texts of 1 to 60 pieces.</summary>
    public static IEnumerable<string> Make(int seed, int count)
    {
        Random random = new(seed);
        for (int i = 0; i < count; i++)
        {
            StringBuilder text = new();
            for (int n = random.Next(1, 30); n > 0; n--)
            {
                if (random.Next(3) == 0)
                {
                    text.Append(Pieces[random.Next(Pieces.Length)]);
                    continue;
                }

                (int first, int last) = Blocks[random.Next(Blocks.Length)];
                for (int run = random.Next(1, 6); run > 0; run--)
                {
                    int rune = random.Next(first, last + 1);
                    // Characters that a program may or may not know yet tell its age, not its rules.
                    if (CharUnicodeInfo.GetUnicodeCategory(rune) is not (UnicodeCategory.OtherNotAssigned or UnicodeCategory.Surrogate))
                    {
                        text.Append(char.ConvertFromUtf32(rune));
                    }
                }
            }

            yield return text.ToString();
        }
    }
}
