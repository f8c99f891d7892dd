using ModelPack.Tests.Support;

namespace ModelPack.Benchmarks.SideBySide;

/// <summary>
/// llama.cpp and modelpack quantize the same made-up model in turn, each in a process of its own; the output must be the same.
/// </summary>
/// <remarks>
/// [--size 0.5GB] [--types q4_k_m,q8_0,q4_0] [--dense | --moe] [--runs 3] [--threads 2] [--work FOLDER] [--cli PATH]
/// [--gguf FILE] [--peer-only]. With --gguf that file is quantized, and there is no checkpoint folder.
/// </remarks>
internal sealed class QuantizeComparison
{
    /// <summary>Large enough to be real, small enough that half a gigabyte has several.</summary>
    public const long ShardBytes = 256L << 20;

    private readonly Options _options;
    private readonly string _work;
    private readonly ModelPackProgram? _program;
    private readonly int _threads;

    private QuantizeComparison(Options options, string work)
    {
        (_options, _work) = (options, work);
        _threads = options.Number("--threads", 2);
        _program = options.Has("--peer-only") ? null : ModelPackProgram.Find(options.Text("--cli"));
    }

    /// <summary>Exit code 1 when an output differs.</summary>
    public static int Run(string[] args)
    {
        Options options = new(
            args, "--size", "--types", "--dense", "--moe", "--runs", "--threads", "--work", "--cli", "--gguf", "--peer-only");
        string root = Path.GetFullPath(options.Text("--work") ?? RepositoryFolder.Join("artifacts", "bench"));
        string work = Path.Combine(root, $"run-{Environment.ProcessId}");
        Directory.CreateDirectory(work);
        try
        {
            return new QuantizeComparison(options, work).Compare();
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    private int Compare()
    {
        (string? folder, string gguf) = Inputs();
        long bytes = new FileInfo(gguf).Length;
        ComparisonTable table = new(Console.Out);
        table.WriteHeader();
        bool same = true;
        foreach (string type in (_options.Text("--types") ?? "q4_k_m,q8_0,q4_0").Split(','))
        {
            Contender[] contenders = [.. Contenders(type, folder, gguf)];
            Race(contenders);
            foreach ((int place, Contender contender) in contenders.Index())
            {
                OutputVerdict verdict = place == 0 ? new(true, "") : OutputVerdict.Compare(Output(0), Output(place));
                same &= verdict.Same;
                table.Write(type, contender, contenders[0], bytes, verdict.Text);
            }
        }

        return same ? 0 : 1;
    }

    private (string? Folder, string Gguf) Inputs()
    {
        if (_options.Text("--gguf") is { } given)
        {
            Console.WriteLine($"input: {given}, {_threads} threads");
            return (null, given);
        }

        RandomModel model = RandomModel.OfSize(_options.Size("--size", "0.5GB"), _options.Has("--moe"));
        Console.WriteLine($"input: {model}; {_threads} threads");
        string folder = Path.Combine(_work, "checkpoint");
        string gguf = Path.Combine(_work, "model-bf16.gguf");
        RandomCheckpoint.Write(folder, model, ShardBytes);
        Measurement convert = ModelPackProgram.Find(_options.Text("--cli")).Convert(folder, gguf);
        Console.WriteLine($"modelpack convert: {convert.Wall:f2} s, {model.Parameters * 2 / convert.Wall / 1e6:f0} MB/s, {convert.PeakBytes / 1048576.0:f0} MiB");
        return (folder, gguf);
    }

    private IEnumerable<Contender> Contenders(string type, string? folder, string gguf)
    {
        yield return new("llama.cpp v0.5.0", "gguf", output => PeerQuantizer.Measure(gguf, output, type, _threads));
        if (_program is not null)
        {
            yield return new("modelpack", "gguf", output => _program.Quantize(gguf, output, type, _threads));
        }

        if (_program is not null && folder is not null)
        {
            yield return new("modelpack", "folder", output => _program.Quantize(folder, output, type, _threads));
        }
    }

    /// <summary>Every contender runs once a round, so that a slow minute of the machine meets them all.</summary>
    private void Race(Contender[] contenders)
    {
        for (int round = 0; round < _options.Number("--runs", 3); round++)
        {
            foreach ((int place, Contender contender) in contenders.Index())
            {
                File.Delete(Output(place));
                contender.Runs.Add(contender.Measure(Output(place)));
            }
        }
    }

    private string Output(int place) => Path.Combine(_work, $"output-{place}.gguf");
}
