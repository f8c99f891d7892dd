using System.Globalization;
using ModelPack.Cli.Commands;
using ModelPack.Cli.Licenses;
using ModelPack.Licensing;
using ModelPack.Licensing.Catalog;
using ModelPack.Models;
using ModelPack.Quantize.Calibrated;
using ModelPack.Quantize.Mixtures;
using ModelPack.Quantize.Onnx;
using ModelPack.Quantize.Rules;
using ModelPack.Quantize.Solving;
using ModelPack.Runtime;

namespace ModelPack.Cli.Recipes;

/// <summary>Reads a recipe; docs/recipe.md tells the fields.</summary>
internal static class RecipeReader
{
    /// <summary>Version of the file format.</summary>
    public const int Version = 1;

    private const string Calibration = "calibration";

    private static readonly YamlLimits Limits = new(256 * 1024, 5_000);

    /// <summary>Reads a file.</summary>
    /// <exception cref="ModelPackException">It is no recipe; the message names file, line, column, what was found and what was expected.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static Recipe Read(string path) => LicenseFaults.AsInput(() => Parse(YamlText.Read(path, Fault, Limits), path));

    /// <summary>Reads a text; paths in it are relative to the folder of <paramref name="path"/>.</summary>
    /// <exception cref="LicensingFileException">It is no recipe.</exception>
    internal static Recipe Parse(string text, string path)
    {
        YamlFields fields = new(path, YamlText.Parse(path, text, Fault, Limits), Fault);
        foreach (string name in (string[])["rules", Calibration, "methods"])
        {
            fields.SkipEmpty(name);
        }

        string folder = Path.GetDirectoryName(path) ?? "";
        fields.Required("version", static text => Word("version", text, Version.ToString(CultureInfo.InvariantCulture)));
        List<RecipeOption> options = [];
        Add("to", static text => Word("to", text, "gguf", "onnx"));
        string? format = options.FirstOrDefault()?.Value;
        Add("type", text => Checked("type", text, t => CheckType(t, format)));
        options.AddRange(fields.List("rules", text => new RecipeOption("--rule", Checked("rules", text, t => CheckRule(t, format)))));
        AddCalibration(fields.Mapping(Calibration), folder, options);
        Add("method", static text => Word("method", text, "auto", "rtn", "importance", "gptq"));
        IReadOnlyList<MethodRule> methods = fields.Mapping("methods")?.AllLists(Pattern, Method) ?? [];
        Add("budget", static text => Checked("budget", text, static t => ByteSize.Parse(t)));
        if (options.Any(static o => o.Name == "--budget") && fields.Has("bits-per-weight"))
        {
            throw fields.FaultAt("bits-per-weight", "bits-per-weight: there is a budget already; expected one of the two");
        }

        Add("bits-per-weight", static text => Number("bits-per-weight", text, 1, 32));
        Add("imatrix", text => Path.Combine(folder, text));
        Add("device", Device);
        Add("shrinkage", static text => Number("shrinkage", text, 0, 1000));
        Add("max-fallback", static text => Number("max-fallback", text, 0, 100));
        Add("block-size", static text => Word("block-size", text, "16", "32", "64", "128", "256", "row"));
        Add("asymmetric", static text => Word("asymmetric", text, "true", "false"));
        Add("provider", static text => Word("provider", text, "cpu", "cuda"));
        Add("accuracy-level", static text => Word("accuracy-level", text, "0", "1", "2", "3", "4"));
        fields.End();

        // A switch that is off is one that was not given.
        options.RemoveAll(static o => o is { Name: "--asymmetric", Value: "false" });
        return new(options, methods);

        void Add(string name, Func<string, string> read)
        {
            if (fields.Optional(name, (string?)null, read) is { } value)
            {
                options.Add(new($"--{name}", value));
            }
        }
    }

    private static void AddCalibration(YamlFields? fields, string folder, List<RecipeOption> options)
    {
        if (fields is null)
        {
            return;
        }

        options.Add(new("--calibration", fields.Required("text", text => Path.Combine(folder, text))));
        AddWhole("tokens", "--calibration-tokens", 1, 1 << 30);
        AddWhole("context", "--context", 16, 1 << 20);
        fields.End();

        void AddWhole(string name, string option, int least, int most)
        {
            if (fields.Optional(name, (string?)null, text => Whole($"{Calibration}: {name}", text, least, most)) is { } value)
            {
                options.Add(new(option, value));
            }
        }
    }

    private static LicensingFileException Fault(string file, long line, long column, string message) => new(file, line, column, message);

    private static string Word(string field, string text, params string[] words) =>
        words.Contains(text) ? text : throw new LicensingException($"{field}: '{text}'; expected {string.Join(", ", words)}");

    private static string Whole(string field, string text, int least, int most) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most
            ? text
            : throw new LicensingException($"{field}: '{text}'; expected a whole number from {least} to {most}");

    private static string Number(string field, string text, double least, double most) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number) && number >= least && number <= most
            ? text
            : throw new LicensingException(FormattableString.Invariant($"{field}: '{text}'; expected a number from {least} to {most}"));

    private static string Device(string text) =>
        RunnerDevice.IsName(text) ? text : throw new LicensingException($"device: '{text}'; expected {DeviceArgument.Expected}");

    // Without a format in the recipe, the command line may have one: what either format reads is right so far.
    private static void CheckType(string text, string? format)
    {
        if (format == "onnx" || (format is null && OnnxType.All.Any(t => t.Name.Equals(text, StringComparison.OrdinalIgnoreCase))))
        {
            OnnxType.Parse(text);
        }
        else
        {
            QuantPreset.Parse(text);
        }
    }

    private static void CheckRule(string text, string? format)
    {
        string type = text[(text.IndexOf('=') + 1)..];
        if (format == "onnx" || (format is null && OnnxType.All.Any(t => t.Name.Equals(type, StringComparison.OrdinalIgnoreCase))))
        {
            OnnxRule.Parse(text);
        }
        else
        {
            TypeRule.Parse(text);
        }
    }

    private static RulePattern Pattern(string text)
    {
        try
        {
            return RulePattern.Parse(text);
        }
        catch (ModelPackException fault)
        {
            throw new LicensingException($"methods: {fault.Message}");
        }
    }

    private static MethodRule Method(RulePattern pattern, IReadOnlyList<string> texts, bool list) => (list ? "a list" : texts[0]) switch
    {
        "rtn" => new(pattern, SolveMethod.Rtn),
        "importance" => new(pattern, SolveMethod.Importance),
        "gptq" => new(pattern, SolveMethod.Gptq),
        string other => throw new LicensingException($"methods: '{other}' is no method; expected rtn, importance or gptq"),
    };

    private static string Checked(string field, string text, Action<string> check)
    {
        try
        {
            check(text);
            return text;
        }
        catch (ModelPackException fault)
        {
            throw new LicensingException($"{field}: {fault.Message}");
        }
    }
}
