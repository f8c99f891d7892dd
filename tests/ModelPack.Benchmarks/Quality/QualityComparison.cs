using System.Globalization;
using System.Text.Json;
using ModelPack.Benchmarks.SideBySide;
using ModelPack.Tests.Support;

namespace ModelPack.Benchmarks.Quality;

/// <summary>Quantizes one model in many ways, measures each on texts that calibration did not see, and says which bars are met.</summary>
internal sealed class QualityComparison
{
    private const string Calibration = "calibration.txt";

    // What llama-imatrix saw for the reference: 60 chunks of 512 tokens.
    private const string Tokens = "30720";

    private readonly ModelPackProgram _program;
    private readonly string _model;
    private readonly string _work;
    private readonly string[] _texts;
    private readonly Dictionary<string, QualityResult> _results = [];

    private QualityComparison(ModelPackProgram program, string model, string work)
    {
        (_program, _model, _work) = (program, model, work);
        _texts = [.. Directory.GetFiles(model, "heldout-*.txt").Order(StringComparer.Ordinal)];
        if (_texts.Length == 0)
        {
            throw new ArgumentException($"{model}: has no heldout-*.txt to measure on");
        }
    }

    /// <summary>Options: --model FOLDER (with calibration.txt and heldout-*.txt), --work FOLDER, --cli FILE, --only TEXT.</summary>
    public static int Run(string[] args)
    {
        Options options = new(args, "--model", "--work", "--cli", "--only");
        string work = options.Text("--work") ?? Path.Combine(Path.GetTempPath(), $"modelpack-quality-{Environment.ProcessId}");
        Directory.CreateDirectory(work);
        try
        {
            string model = options.Text("--model") ?? RepositoryFolder.Join("samples", "tiny-qwen3moe");
            QualityComparison comparison = new(ModelPackProgram.Find(options.Text("--cli")), model, work);
            comparison.Measure(options.Text("--only"));
            return 0;
        }
        finally
        {
            if (options.Text("--work") is null)
            {
                Directory.Delete(work, recursive: true);
            }
        }
    }

    private void Measure(string? only)
    {
        string matrix = Path.Combine(_work, "imatrix.gguf");
        MeasuredProcess.Run(_program.Path, "calibrate", _model, "--data", Path.Combine(_model, Calibration), "--tokens", Tokens, "-o", matrix, "--overwrite");
        Console.WriteLine($"| variant | bytes | bits a weight | {string.Join(" | ", _texts.Select(static t => Path.GetFileNameWithoutExtension(t)))} | mean KLD | perplexity | same first choice |");
        Console.WriteLine($"|---|---|---|{string.Concat(_texts.Select(static _ => "---|"))}---|---|---|");
        foreach (QualityVariant variant in Variants(matrix).Where(v => only is null || v.Name.Contains(only, StringComparison.Ordinal)))
        {
            QualityResult result = Evaluate(variant, Quantize(variant));
            _results.Add(variant.Name, result);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {variant.Name} | {result.Bytes} | {result.BitsPerWeight:F3} | {string.Join(" | ", result.Divergences.Select(static d => d.ToString("F6", CultureInfo.InvariantCulture)))} | {result.Mean:F6} | {result.Perplexity:F4}x | {100 * result.Agreement:F2} % |"));
        }

        Console.WriteLine();
        Bar("int4 g128: part of rounding's divergence that gptq removes", "int4-rtn", "int4-gptq", 0.40);
        Bar("q4_k_m: part of llama-quantize's divergence (same matrix, same bytes) that our codes remove", "q4_k_m-imatrix", "q4_k_m-gptq", 0.10);
        Bar("+0.25 bits a weight by allocation, against uniform int4 (both gptq)", "int4-gptq", "int4-gptq-budget", 0.25);
        Bar("+0.25 bits a weight by allocation, against uniform int4 (both rounded by importance)", "int4-importance", "int4-importance-budget", 0.25);
        Bar("2 000 tokens: shrinkage against each expert's own moments", "int4-gptq-2000-own", "int4-gptq-2000", 0);
        Bar("2 000 tokens: shrinkage against rounding", "int4-rtn", "int4-gptq-2000", 0);
        if (_results.TryGetValue("int8-rtn", out QualityResult? int8))
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"int8: {int8.Mean:F6}; at most 0.002 is asked: {(int8.Mean <= 0.002 ? "met" : "missed")}"));
        }
    }

    private IEnumerable<QualityVariant> Variants(string matrix)
    {
        string[] text = ["--calibration", Path.Combine(_model, Calibration), "--calibration-tokens", Tokens];
        foreach (string type in (string[])["q4_k_m", "q4_0", "q5_k_m", "q6_k", "q8_0"])
        {
            yield return new($"{type}-rtn", ["-t", type]);
            yield return new($"{type}-imatrix", ["-t", type, "--imatrix", matrix]);
            yield return new($"{type}-gptq", ["-t", type, .. text]);
        }

        yield return new("gguf-5.4-bits", ["--bits-per-weight", "5.4", .. text]);
        string[] int4 = ["--to", "onnx", "-t", "int4", "--block-size", "128"];
        yield return new("int4-rtn", int4);
        yield return new("int4-importance", [.. int4, "--imatrix", matrix]);
        yield return new("int4-gptq", [.. int4, .. text]);
        string[] more = ["--bits-per-weight", (Bits("int4-gptq") + 0.25).ToString("F4", CultureInfo.InvariantCulture)];
        yield return new("int4-importance-budget", [.. int4, .. text, "--method", "importance", .. more]);
        yield return new("int4-gptq-budget", [.. int4, .. text, .. more]);
        string[] few = ["--calibration", Path.Combine(_model, Calibration), "--calibration-tokens", "2000", "--context", "250"];
        yield return new("int4-gptq-2000", [.. int4, .. few]);
        yield return new("int4-gptq-2000-own", [.. int4, .. few, "--shrinkage", "0"]);
        yield return new("int8-rtn", ["--to", "onnx", "-t", "int8", "--block-size", "128"]);
        yield return new("int8-gptq", ["--to", "onnx", "-t", "int8", "--block-size", "128", .. text]);
    }

    private double Bits(string variant) => _results.TryGetValue(variant, out QualityResult? result) ? result.BitsPerWeight : 4.5;

    private (string Path, long Bytes, double Bits) Quantize(QualityVariant variant)
    {
        string output = Path.Combine(_work, variant.IsOnnx ? variant.Name : variant.Name + ".gguf");
        (_, string json) = MeasuredProcess.Read(_program.Path, ["quantize", _model, "-o", output, "--overwrite", "--json", .. variant.Arguments]);
        using JsonDocument document = JsonDocument.Parse(json);
        return (output, document.RootElement.GetProperty("bytes").GetInt64(), document.RootElement.GetProperty("bitsPerWeight").GetDouble());
    }

    private QualityResult Evaluate(QualityVariant variant, (string Path, long Bytes, double Bits) made)
    {
        List<double> divergences = [];
        (double perplexity, double agreement) = (0, 0);
        foreach (string text in _texts)
        {
            (_, string json) = MeasuredProcess.Read(
                _program.Path, ["evaluate", made.Path, "--reference", _model, "--data", text, "--context", "256", "--json"]);
            using JsonDocument document = JsonDocument.Parse(json);
            JsonElement reference = document.RootElement.GetProperty("reference");
            divergences.Add(reference.GetProperty("meanKld").GetDouble());
            perplexity += document.RootElement.GetProperty("perplexity").GetDouble() / reference.GetProperty("perplexity").GetDouble() / _texts.Length;
            agreement += reference.GetProperty("topTokenAgreement").GetDouble() / _texts.Length;
        }

        return new(made.Bytes, made.Bits, divergences, perplexity, agreement);
    }

    private void Bar(string what, string before, string after, double bar)
    {
        if (_results.TryGetValue(before, out QualityResult? from) && _results.TryGetValue(after, out QualityResult? to))
        {
            double removed = 1 - (to.Mean / from.Mean);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{what}: {100 * removed:F1} %; {100 * bar:F0} % is asked: {(removed >= bar ? "met" : "missed")}"));
        }
    }
}
