using System.CommandLine;
using System.CommandLine.Parsing;
using ModelPack.Cli.Calibrated;
using ModelPack.Quantize.Budget;
using ModelPack.Quantize.Calibrated;
using ModelPack.Quantize.Solving;

namespace ModelPack.Cli.Commands;

/// <summary>The options of quantize that need calibration, or a budget, and what their values mean.</summary>
internal sealed class CalibrationArguments
{
    private readonly Option<string?> _text = new("--calibration")
    {
        Description = "Text to calibrate on: a file of plain text or JSON lines, or a folder of them. Codes are then chosen by what the model does with it.",
        HelpName = "TEXT",
    };

    private readonly Option<int?> _tokens = NumberOption.Whole("--calibration-tokens", "Tokens of it that are used. Default: 32768, or all of it if it has fewer.", 1, 1 << 30);
    private readonly Option<int?> _context = NumberOption.Whole("--context", "Tokens of a window of calibration text. Default: 512.", 16, 1 << 20);

    private readonly Option<string?> _method = new("--method")
    {
        Description = "How codes are chosen. Default, auto: gptq with --calibration, importance with --imatrix, else rtn (round to nearest).",
        HelpName = "auto|rtn|importance|gptq",
    };

    private readonly Option<string?> _budget = new("--budget") { Description = "Largest size of the output; types are chosen for it by measured loss.", HelpName = "SIZE" };

    private readonly Option<double?> _bits = NumberOption.Fraction("--bits-per-weight", "Most bits a weight on average, in place of --budget.", "X", 1, 32);

    private readonly Option<string?> _device = new("--device") { Description = "Where calibration runs. Default: auto.", HelpName = "auto|cpu|cuda[:N]" };

    private readonly Option<double?> _fallback = NumberOption.Fraction(
        "--max-fallback", "Percentage of weights that may be rounded because gptq could not solve them; more is a failure. Default: 1.", "PERCENT", 0, 100);

    private readonly Option<double?> _shrinkage = NumberOption.Fraction(
        "--shrinkage", "How much experts that saw few tokens lean on their layer's statistics; 0 is not at all. Default: 1.", "C", 0, 1000);

    public CalibrationArguments() => _method.AcceptOnlyFromAmong("auto", "rtn", "importance", "gptq");

    /// <summary>Adds all of them.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_text, _tokens, _context, _method, _budget, _bits, _device, _fallback, _shrinkage])
        {
            command.Add(option);
        }
    }

    /// <summary>What was asked for.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="hasImportance">Whether an importance matrix was given.</param>
    /// <param name="rules">Methods of some weights.</param>
    /// <exception cref="UsageException">A value cannot be read, or options contradict each other.</exception>
    public CalibrationRequest Read(ParseResult parsed, bool hasImportance, IReadOnlyList<MethodRule> rules)
    {
        string? text = parsed.GetValue(_text) is { } path ? ModelArguments.RequirePath(path, "--calibration") : null;
        string? method = parsed.GetValue(_method);
        BudgetRequest? budget = ReadBudget(parsed);
        SolveMethod chosen = method switch
        {
            "rtn" => SolveMethod.Rtn,
            "importance" => SolveMethod.Importance,
            "gptq" => SolveMethod.Gptq,
            _ => text is not null ? SolveMethod.Gptq : hasImportance ? SolveMethod.Importance : SolveMethod.Rtn,
        };
        if (chosen == SolveMethod.Gptq && text is null)
        {
            throw new UsageException("--method gptq: needs --calibration TEXT, whose tokens it measures the error on");
        }

        if (chosen == SolveMethod.Importance && text is null && !hasImportance)
        {
            throw new UsageException("--method importance: needs --calibration TEXT or --imatrix FILE");
        }

        CheckRules(rules, text is not null, hasImportance);
        MethodRules methods = new(chosen, rules);
        if (budget is not null && text is null && !hasImportance)
        {
            throw new UsageException($"{(budget.Bytes is null ? "--bits-per-weight" : "--budget")}: needs --calibration TEXT or --imatrix FILE to measure losses with");
        }

        if (text is not null && !methods.UsesStatistics && budget is null)
        {
            throw new UsageException("--calibration: --method rtn has no use for it");
        }

        Option[] needText = [_tokens, _context, _device, _fallback, _shrinkage];
        if (text is null && needText.FirstOrDefault(o => parsed.GetResult(o) is OptionResult { Implicit: false }) is { } unused)
        {
            throw new UsageException($"{unused.Name}: only with --calibration");
        }

        return new(text, methods, budget)
        {
            Tokens = parsed.GetValue(_tokens) ?? CalibrationRequest.DefaultTokens,
            Context = parsed.GetValue(_context) ?? CalibrationRequest.DefaultContext,
            Device = DeviceArgument.Read(parsed.GetValue(_device) ?? "auto"),
            Shrinkage = parsed.GetValue(_shrinkage) ?? 1,
            MaxFallback = (parsed.GetValue(_fallback) ?? 1) / 100,
        };
    }

    private static void CheckRules(IReadOnlyList<MethodRule> rules, bool hasText, bool hasImportance)
    {
        foreach (MethodRule rule in rules)
        {
            if (rule.Method == SolveMethod.Gptq && !hasText)
            {
                throw new UsageException($"methods: '{rule}': needs --calibration TEXT, whose tokens it measures the error on");
            }

            if (rule.Method == SolveMethod.Importance && !hasText && !hasImportance)
            {
                throw new UsageException($"methods: '{rule}': needs --calibration TEXT or --imatrix FILE");
            }
        }
    }

    private BudgetRequest? ReadBudget(ParseResult parsed)
    {
        long? bytes = parsed.GetValue(_budget) is { } size ? UsageException.Guard("--budget", () => ByteSize.Parse(size)) : null;
        double? bits = parsed.GetValue(_bits);
        return (bytes, bits) switch
        {
            (null, null) => null,
            (not null, not null) => throw new UsageException("--budget and --bits-per-weight: expected one of the two"),
            _ => new(bytes, bits),
        };
    }
}
