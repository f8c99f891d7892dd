using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using ModelPack.Models.Onnx.Export;
using ModelPack.Quantize.Onnx;

namespace ModelPack.Cli.Commands;

/// <summary>The options of convert and quantize that only ONNX has, and what their values mean.</summary>
internal sealed class OnnxArguments
{
    private readonly Option<string?> _blockSize = new("--block-size")
    {
        Description = "ONNX: weights that share a scale; row is one scale a row of an expert. Default: 32.",
        HelpName = "16|32|64|128|256|row",
    };

    private readonly Option<bool> _asymmetric = new("--asymmetric") { Description = "ONNX: store a zero point with every scale." };

    private readonly Option<string?> _provider = new("--provider")
    {
        Description = "ONNX: what the model is to run on. Default: cpu.",
        HelpName = "cpu|cuda",
    };

    private readonly Option<int?> _accuracy = new("--accuracy-level")
    {
        Description = "ONNX: precision of activations in 4- and 8-bit products, 4 is int8. Default: 4 on cpu, 0 on cuda.",
        HelpName = "0|1|2|3|4",
        CustomParser = static result =>
        {
            string text = result.Tokens[0].Value;
            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int level) && level <= 4)
            {
                return level;
            }

            result.AddError($"--accuracy-level: '{text}'; expected a whole number from 0 to 4");
            return null;
        },
    };

    public OnnxArguments()
    {
        _blockSize.AcceptOnlyFromAmong("16", "32", "64", "128", "256", "row");
        _provider.AcceptOnlyFromAmong("cpu", "cuda");
    }

    /// <summary>Adds the options of a quantized export.</summary>
    public void AddBlocksTo(Command command)
    {
        command.Add(_blockSize);
        command.Add(_asymmetric);
        command.Add(_accuracy);
    }

    /// <summary>Adds the options of any export.</summary>
    public void AddTo(Command command) => command.Add(_provider);

    /// <summary>Refuses what only ONNX has for an output that is none.</summary>
    /// <exception cref="UsageException">One of the options was given.</exception>
    public void RefuseUnused(ParseResult parsed)
    {
        foreach (Option option in (Option[])[_blockSize, _asymmetric, _provider, _accuracy])
        {
            if (parsed.GetResult(option) is OptionResult { Implicit: false })
            {
                throw new UsageException($"{option.Name}: only for --to onnx");
            }
        }
    }

    /// <summary>What was asked for, but for rules and importance.</summary>
    public OnnxOptions Read(ParseResult parsed, OnnxType type, long? splitBytes) => new()
    {
        Type = type,
        BlockSize = Given(parsed, _blockSize) switch
        {
            null => 32,
            "row" => 0,
            string size => int.Parse(size, CultureInfo.InvariantCulture),
        },
        Symmetric = parsed.GetResult(_asymmetric) is null || !parsed.GetValue(_asymmetric),
        Provider = Given(parsed, _provider) == "cuda" ? OnnxProvider.Cuda : OnnxProvider.Cpu,
        AccuracyLevel = parsed.GetResult(_accuracy) is null ? null : parsed.GetValue(_accuracy),
        SplitMaxBytes = splitBytes,
    };

    private static string? Given(ParseResult parsed, Option<string?> option) => parsed.GetResult(option) is null ? null : parsed.GetValue(option);
}
