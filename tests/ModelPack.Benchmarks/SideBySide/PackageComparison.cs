using System.Globalization;
using System.Security.Cryptography;
using ModelPack.Tests.Support;

namespace ModelPack.Benchmarks.SideBySide;

/// <summary>Pushes and pulls large files: modelpack beside curl and skopeo, each against an empty docker-registry on this machine.</summary>
/// <remarks>[--size 1GiB] [--files 1] [--runs 3] [--work FOLDER] [--cli PATH]</remarks>
internal sealed class PackageComparison : IDisposable
{
    private const string Repository = "bench/model";
    private const string Version = "1.0.0";
    private const int Repeats = 7;

    private readonly string _work;
    private readonly string _tool;
    private readonly long _bytes;
    private readonly (string File, string Hex)[] _blobs;
    private int _registries;

    private PackageComparison(Options options, string work)
    {
        (_work, _tool, _bytes) = (work, ModelPackProgram.Find(options.Text("--cli")).Path, options.Size("--size", "1GiB"));
        Directory.CreateDirectory(Model);
        int files = options.Number("--files", 1);
        _blobs = [.. Enumerable.Range(1, files).Select(i => Path.Combine(Model, $"model-{i}.safetensors")).Select((f, i) => (f, WriteRandom(f, _bytes / files, i)))];
        MeasuredProcess.Run(_tool, "pack", Model, "--name", "bench", "--version", Version, "--no-audit", "--link", "-o", Layout);
    }

    private string Model => Path.Combine(_work, "model");

    private string Layout => Path.Combine(_work, "layout");

    private string Output => Path.Combine(_work, "output");

    public static int Run(string[] args)
    {
        Options options = new(args, "--size", "--files", "--runs", "--work", "--cli");
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
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"input: {_bytes / 1048576.0:f0} MiB of random bytes in {_blobs.Length} file(s); load {Load()}"));
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

    // Several files go at the same time, as with the others.
    private Measurement Curl(string host) => MeasuredProcess.Run(
        "curl",
        ["-sSf", "-Z", "-H", "Content-Type: application/octet-stream", "-H", "Expect:", .. _blobs.SelectMany(b => (string[])["-T", b.File, LocalRegistry.OpenUpload(host, Repository, "sha256:" + b.Hex)])]);

    private Measurement SkopeoPush(string host) =>
        MeasuredProcess.Run("skopeo", "copy", "-q", "--dest-tls-verify=false", $"oci:{Layout}:{Version}", $"docker://{host}/{Repository}:skopeo");

    private Measurement Push(string host) => MeasuredProcess.Run(_tool, "push", Layout, $"oci://{host}/{Repository}:{Version}");

    private Measurement SkopeoPull(string host)
    {
        Measurement measured = MeasuredProcess.Run("skopeo", "copy", "-q", "--src-tls-verify=false", $"docker://{host}/{Repository}:{Version}", $"oci:{Output}:{Version}");
        return Checked(measured, static b => Path.Combine("blobs", "sha256", b.Hex));
    }

    private Measurement CurlPull(string host)
    {
        Directory.CreateDirectory(Output);
        return Checked(
            MeasuredProcess.Run("curl", ["-sSf", "-Z", .. _blobs.SelectMany(b => (string[])["-o", Path.Combine(Output, b.Hex), $"http://{host}/v2/{Repository}/blobs/sha256:{b.Hex}"])]),
            static b => b.Hex);
    }

    private Measurement Pull(string host) =>
        Checked(MeasuredProcess.Run(_tool, "pull", $"oci://{host}/{Repository}:{Version}", "-o", Output), static b => Path.GetFileName(b.File));

    // A pull counts only when every byte is right.
    private Measurement Checked(Measurement measured, Func<(string File, string Hex), string> name)
    {
        foreach ((string File, string Hex) blob in _blobs)
        {
            using FileStream stream = File.OpenRead(Path.Combine(Output, name(blob)));
            if (Convert.ToHexStringLower(SHA256.HashData(stream)) != blob.Hex)
            {
                throw new InvalidOperationException($"{stream.Name}: other bytes than were pushed");
            }
        }

        return measured;
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

    private static string WriteRandom(string path, long bytes, int seed)
    {
        byte[] buffer = new byte[1 << 20];
        Random random = new(seed);
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
