using System.Globalization;
using ModelPack.Tests.Support;

namespace ModelPack.Benchmarks.SideBySide;

/// <summary>Exports to ONNX beside <c>cp</c> of the same checkpoint: rates of input and peak memory.</summary>
/// <remarks>[--size 0.5GB] [--dense | --moe] [--runs 3] [--threads 2] [--work FOLDER] [--cli PATH] [--types f16,int8,int4]</remarks>
internal sealed class OnnxComparison
{
    private readonly Options _options;
    private readonly string _work;
    private readonly ModelPackProgram _program;
    private readonly string _threads;

    private OnnxComparison(Options options, string work)
    {
        (_options, _work, _program) = (options, work, ModelPackProgram.Find(options.Text("--cli")));
        _threads = options.Number("--threads", 2).ToString(CultureInfo.InvariantCulture);
    }

    public static int Run(string[] args)
    {
        Options options = new(args, "--size", "--dense", "--moe", "--runs", "--threads", "--work", "--cli", "--types");
        string root = Path.GetFullPath(options.Text("--work") ?? RepositoryFolder.Join("artifacts", "bench"));
        string work = Path.Combine(root, $"run-{Environment.ProcessId}");
        Directory.CreateDirectory(work);
        try
        {
            return new OnnxComparison(options, work).Compare();
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    private int Compare()
    {
        RandomModel model = RandomModel.OfSize(_options.Size("--size", "0.5GB"), _options.Has("--moe"));
        Console.WriteLine($"input: {model}; {_threads} threads");
        string folder = Path.Combine(_work, "checkpoint");
        string matrix = Path.Combine(_work, "imatrix.dat");
        RandomCheckpoint.Write(folder, model, QuantizeComparison.ShardBytes);
        MadeImportance.Write(matrix, model);
        Contender[] contenders = [.. Contenders(folder, matrix)];
        for (int round = 0; round < _options.Number("--runs", 3); round++)
        {
            foreach (Contender contender in contenders)
            {
                Remove();
                contender.Runs.Add(contender.Measure(Output));
            }
        }

        ComparisonTable table = new(Console.Out);
        table.WriteHeader();
        foreach (Contender contender in contenders)
        {
            table.Write(contender.Input, contender with { Input = "folder" }, contenders[0], model.Parameters * sizeof(ushort), "");
        }

        return 0;
    }

    private IEnumerable<Contender> Contenders(string folder, string matrix)
    {
        yield return new("cp -r", "", output => MeasuredProcess.Run("cp", "-r", folder, output));
        foreach (string type in (_options.Text("--types") ?? "f16,int8,int4").Split(','))
        {
            yield return new("modelpack", type, output => Export(folder, output, type));
            if (type.StartsWith("int", StringComparison.Ordinal))
            {
                yield return new("  --imatrix", type, output => Export(folder, output, type, "--imatrix", matrix));
            }
        }
    }

    private Measurement Export(string folder, string output, string type, params string[] more) => MeasuredProcess.Run(
        _program.Path, ["quantize", folder, "--to", "onnx", "-t", type, "-o", output, "--threads", _threads, "--json", .. more]);

    private string Output => Path.Combine(_work, "output");

    private void Remove()
    {
        if (Directory.Exists(Output))
        {
            Directory.Delete(Output, recursive: true);
        }
    }
}
