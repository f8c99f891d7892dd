using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;

namespace ModelPack.Cli.Commands;

/// <summary>Options whose value is a number in a range.</summary>
internal static class NumberOption
{
    /// <summary>A whole number.</summary>
    public static Option<T?> Whole<T>(string name, string description, T least, T most)
        where T : struct, IBinaryInteger<T> => new(name)
        {
            Description = description,
            HelpName = "N",
            CustomParser = result => Parse(result, NumberStyles.None, "whole number", name, least, most),
        };

    /// <summary>A number with or without a fraction.</summary>
    public static Option<double?> Fraction(string name, string description, string help, double least, double most) => new(name)
    {
        Description = description,
        HelpName = help,
        CustomParser = result => Parse(result, NumberStyles.AllowDecimalPoint, "number", name, least, most),
    };

    private static T? Parse<T>(ArgumentResult result, NumberStyles styles, string kind, string name, T least, T most)
        where T : struct, INumber<T>
    {
        string text = result.Tokens[0].Value;
        if (T.TryParse(text, styles, CultureInfo.InvariantCulture, out T number) && number >= least && number <= most)
        {
            return number;
        }

        result.AddError(FormattableString.Invariant($"{name}: '{text}'; expected a {kind} from {least} to {most}"));
        return null;
    }
}
