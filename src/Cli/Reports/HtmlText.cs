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

    /// <summary>A number with three significant digits: "0.0123", "1.5e-5".</summary>
    public static string Short(double value) => value switch
    {
        0 => "0",
        _ when Math.Abs(value) < 0.0001 => value.ToString("0.#e0", CultureInfo.InvariantCulture),
        _ when Math.Abs(value) < 0.001 => value.ToString("0.00000", CultureInfo.InvariantCulture),
        _ when Math.Abs(value) < 0.1 => value.ToString("0.0000", CultureInfo.InvariantCulture),
        _ when Math.Abs(value) < 10 => value.ToString("0.000", CultureInfo.InvariantCulture),
        _ => value.ToString("0.##", CultureInfo.InvariantCulture),
    };

    public override string ToString() => _text.ToString();
}
