using System.Globalization;
using System.Net;
using System.Text;
using ModelPack.Cli.Terminal;

namespace ModelPack.Cli.Reports;

/// <summary>Builds HTML whose texts are always escaped and whose numbers are always spelled the same.</summary>
internal sealed class HtmlText
{
    private readonly StringBuilder _text = new();

    /// <summary>Markup of our own, as it is.</summary>
    public HtmlText Raw(string markup)
    {
        _text.Append(markup);
        return this;
    }

    /// <summary>Markup of our own with numbers in it.</summary>
    public HtmlText Raw(FormattableString markup) => Raw(markup.ToString(CultureInfo.InvariantCulture));

    /// <summary>A text of anybody's: nothing in it becomes markup.</summary>
    public HtmlText Text(string text) => Raw(Escape(text));

    /// <summary>A text of anybody's as HTML.</summary>
    public static string Escape(string text) => WebUtility.HtmlEncode(CommandTerminal.Printable(text));

    /// <summary>A number with three significant digits: "0.0123", "44.7", "1.5e-6".</summary>
    public static string Short(double value)
    {
        double size = Math.Abs(value);
        return size switch
        {
            0 => "0",
            < 0.00001 => value.ToString("0.#e0", CultureInfo.InvariantCulture),
            < 1 => value.ToString("F" + (2 - (int)Math.Floor(Math.Log10(size))), CultureInfo.InvariantCulture),
            < 10 => value.ToString("F2", CultureInfo.InvariantCulture),
            < 100 => value.ToString("F1", CultureInfo.InvariantCulture),
            _ => value.ToString("F0", CultureInfo.InvariantCulture),
        };
    }

    /// <summary>A round number as it is: "0.005", "2.5".</summary>
    public static string Round(double value) => value.ToString("0.##########", CultureInfo.InvariantCulture);

    public override string ToString() => _text.ToString();
}
