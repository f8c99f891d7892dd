using System.Globalization;
using System.Security.Cryptography;
using ModelPack.Tests.Support;

namespace ModelPack.Benchmarks.SideBySide;

/// <summary>Pushes and pulls one large blob: modelpack beside curl and skopeo, each against an empty docker-registry on this machine.</summary>
/// <remarks>[--size 1GiB] [--runs 3] [--work FOLDER] [--cli PATH]</remarks>
internal sealed class PackageComparison : IDisposable
{
    private const string Repository = "bench/model";
    private const string Version = "1.0.0";
    private const int Repeats = 7;

    private readonly string _work;
    private readonly string _tool;
    private readonly long _bytes;
    private readonly string _digest;
    private int _registries;

    private PackageComparison(Options options, string work)
    {
        (_work, _tool, _bytes) = (work, ModelPackProgram.Find(options.Text("--cli")).Path, options.Size("--size", "1GiB"));
        Directory.CreateDirectory(Model);
        _digest = "sha256:" + WriteRandom(Blob, _bytes);
        MeasuredProcess.Run(_tool, "pack", Model, "--name", "bench", "--version", Version, "--no-audit", "--link", "-o", Layout);
    }

    private string Model => Path.Combine(_work, "model");

    private string Blob => Path.Combine(Model, "model.safetensors");

    private string Layout => Path.Combine(_work, "layout");

    private string Output => Path.Combine(_work, "output");

    public static int Run(string[] args)
    {
        Options options = new(args, "--size", "--runs", "--work", "--cli");
        string root = Path.GetFullPath(options.Text("--work") ?? RepositoryFolder.Join("artifacts", "bench"));
        using PackageComparison comparison = new(options, Path.Combine(root, $"run-{Environment.ProcessId}"));
        comparison.Compare(options.Number("--runs", 3));
        return 0;
    }

    public void Dispose() => Directory.Delete(_work, recursive: true);

    private void Compare(int rounds)
    {
        Contender[] pushes = [new("curl -T", "push", Curl), new("skopeo copy", "push", SkopeoPush), new("modelpack push", "push", Push)];
        Contender[] pulls = [new("skopeo copy", "pull", SkopeoPull), new("curl -o", "pull", CurlPull), new("modelpack pull", "pull", Pull)];
        Contender[] repeats = [new("skopeo copy", "again", SkopeoPush), new("modelpack push", "again", Push)];
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"input: one random blob of {_bytes / 1048576.0:f0} MiB; load {Load()}"));
        for (int round = 0; round < rounds; round++)
        {
            foreach (Contender contender in pushes)
            {
                using LocalRegistry registry = Registry();
                contender.Runs.Add(contender.Measure(registry.Host));
            }

            using LocalRegistry filled = Registry();
            Push(filled.Host);
            foreach (Contender contender in pulls)
            {
                Remove();
                contender.Runs.Add(contender.Measure(filled.Host));
            }

            for (int i = 0; i < Repeats; i++)
            {
                repeats.ToList().ForEach(c => c.Runs.Add(c.Measure(filled.Host)));
            }
        }

        ComparisonTable table = new(Console.Out);
        table.WriteHeader();
        foreach (Contender[] group in (Contender[][])[pushes, pulls, repeats])
        {
            foreach (Contender contender in group)
            {
                table.Write(contender.Input, contender with { Input = "" }, group[0], _bytes, "");
            }
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"load {Load()}"));
        Ratio("push, curl -T / modelpack", pushes[0], pushes[2]);
        Ratio("push, skopeo / modelpack", pushes[1], pushes[2]);
        Ratio("pull, skopeo / modelpack", pulls[0], pulls[2]);
    }

    private Measurement Curl(string host) => MeasuredProcess.Run(
        "curl", "-sSf", "-H", "Content-Type: application/octet-stream", "-H", "Expect:", "-T", Blob, LocalRegistry.OpenUpload(host, Repository, _digest));

    private Measurement SkopeoPush(string host) =>
        MeasuredProcess.Run("skopeo", "copy", "-q", "--dest-tls-verify=false", $"oci:{Layout}:{Version}", $"docker://{host}/{Repository}:skopeo");

    private Measurement Push(string host) => MeasuredProcess.Run(_tool, "push", Layout, $"oci://{host}/{Repository}:{Version}");

    private Measurement SkopeoPull(string host)
    {
        Measurement measured = MeasuredProcess.Run("skopeo", "copy", "-q", "--src-tls-verify=false", $"docker://{host}/{Repository}:{Version}", $"oci:{Output}:{Version}");
        return Checked(measured, Path.Combine(Output, "blobs", "sha256", _digest["sha256:".Length..]));
    }

    private Measurement CurlPull(string host)
    {
        Directory.CreateDirectory(Output);
        string file = Path.Combine(Output, "blob");
        return Checked(MeasuredProcess.Run("curl", "-sSf", "-o", file, $"http://{host}/v2/{Repository}/blobs/{_digest}"), file);
    }

    private Measurement Pull(string host) =>
        Checked(MeasuredProcess.Run(_tool, "pull", $"oci://{host}/{Repository}:{Version}", "-o", Output), Path.Combine(Output, Path.GetFileName(Blob)));

    // A pull counts only when every byte is right.
    private Measurement Checked(Measurement measured, string file)
    {
        using FileStream stream = File.OpenRead(file);
        return "sha256:" + Convert.ToHexStringLower(SHA256.HashData(stream)) == _digest
            ? measured
            : throw new InvalidOperationException($"{file}: other bytes than were pushed");
    }

    private LocalRegistry Registry() => new(Path.Combine(_work, $"registry-{_registries++}"));

    private void Remove()
    {
        if (Directory.Exists(Output))
        {
            Directory.Delete(Output, recursive: true);
        }
    }

    // Pairs of the same round, for the load of the machine changes between rounds.
    private static void Ratio(string name, Contender peer, Contender ours)
    {
        double[] ratios = [.. peer.Runs.Zip(ours.Runs, static (p, o) => p.Wall / o.Wall)];
        Console.WriteLine($"{name}: {string.Join(", ", ratios.Select(static r => r.ToString("f2", CultureInfo.InvariantCulture)))}");
    }

    private static string Load() => File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "unknown";

    private static string WriteRandom(string path, long bytes)
    {
        byte[] buffer = new byte[1 << 20];
        Random random = new(1);
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using FileStream file = new(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        for (long done = 0; done < bytes; done += buffer.Length)
        {
            random.NextBytes(buffer);
            int count = (int)Math.Min(buffer.Length, bytes - done);
            file.Write(buffer, 0, count);
            hash.AppendData(buffer, 0, count);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
