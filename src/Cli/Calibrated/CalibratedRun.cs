using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ModelPack.Cli.Runs;
using ModelPack.Cli.Terminal;
using ModelPack.Models;
using ModelPack.Models.Architectures;
using ModelPack.Models.Checkpoints;
using ModelPack.Models.Conversion;
using ModelPack.Quantize.Budget;
using ModelPack.Quantize.Calibrated;
using ModelPack.Quantize.Calibration;
using ModelPack.Quantize.Importance;
using ModelPack.Quantize.Onnx;
using ModelPack.Quantize.Plans;
using ModelPack.Quantize.Solving;
using ModelPack.Quantize.Streaming;
using ModelPack.Runtime;
using ModelPack.Runtime.Solving;

namespace ModelPack.Cli.Calibrated;

/// <summary>What happens before a calibrated plan can run: tokens, importance, sensitivities, types, codes.</summary>
/// <remarks>
/// Everything that a restart needs lies in NAME.partial.calibration beside the output; it is removed when the output is complete.
/// </remarks>
internal sealed class CalibratedRun : IDisposable
{
    private readonly CalibrationRequest _request;
    private readonly PlanRun _run;
    private readonly ModelWeights _weights;
    private readonly string _state;
    private readonly CalibrationWindows? _windows;
    private SolveVisitor? _solver;

    /// <param name="request">What is asked.</param>
    /// <param name="run">How to run.</param>
    /// <param name="weights">The model.</param>
    /// <param name="windows">Its calibration tokens; null for none.</param>
    /// <param name="output">The final name of the output.</param>
    public CalibratedRun(CalibrationRequest request, PlanRun run, ModelWeights weights, CalibrationWindows? windows, string output)
    {
        (_request, _run, _weights, _windows) = (request, run, weights, windows);
        _state = $"{Path.TrimEndingDirectorySeparator(Path.GetFullPath(output))}.partial.calibration";
        if (!run.Resume && !run.DryRun && Directory.Exists(_state))
        {
            Directory.Delete(_state, recursive: true);
        }
    }

    /// <summary>What the budget bought; null without one.</summary>
    public BudgetReport? Budget { get; private set; }

    /// <summary>What calibration would take, when a dry run was planned; null without a text.</summary>
    public PlannedCalibration? Planned { get; private set; }

    private CalibrationRecord? Record => _windows is null || !_request.Methods.UsesStatistics
        ? null
        : new(_request.Methods.ToString(), _windows.Name, _windows.Sha256, _windows.Tokens, _request.Context);

    /// <summary>Plans a GGUF.</summary>
    /// <exception cref="ModelPackException">The budget cannot be met, or too many weights could not be solved.</exception>
    public QuantizationPlan Plan(GgufModel model, string file, QuantizeOptions options, CancellationToken cancel)
    {
        (ImportanceMatrix? importance, InputLosses? inputs) = Statistics(options.Importance, halves: true, cancel);
        if (_request.Budget is { } budget)
        {
            (options, Budget) = GgufBudget.Allocate(
                model, file, options with { Importance = Given(importance), Calibration = Record }, budget, importance!, inputs,
                Measure(halves: true, cancel), cancel);
        }

        options = options with { Importance = Given(importance ?? Unmeasured()), Calibration = Record };
        QuantizationPlan rounded = QuantizationPlan.ForQuantize(model, file, options);
        if (!_request.Methods.Uses(SolveMethod.Gptq) || _run.DryRun)
        {
            Planned = Describe(() => SolveTargets.Of(rounded, _weights));
            return rounded;
        }

        StreamingQuantizer.Check(rounded, _run.Overwrite);
        SolveTargets targets = SolveTargets.Of(rounded, _weights);
        (Solutions solutions, ImportanceMatrix seen) = Solve(targets, cancel);
        return solutions.Apply(QuantizationPlan.ForQuantize(model, file, options with { Importance = importance ?? seen }));
    }

    /// <summary>Plans an ONNX folder.</summary>
    /// <exception cref="ModelPackException">The budget cannot be met, or too many weights could not be solved.</exception>
    /// <param name="input">The model.</param>
    /// <param name="folder">The folder to write.</param>
    /// <param name="options">What was asked for.</param>
    /// <param name="cancel">Stops between batches and tensors.</param>
    public OnnxPlan Plan(OnnxInput input, string folder, OnnxOptions options, CancellationToken cancel)
    {
        Checkpoint checkpoint = input.Checkpoint;
        (ImportanceMatrix? importance, InputLosses? inputs) = Statistics(options.Importance, halves: false, cancel);
        if (_request.Budget is { } budget)
        {
            (options, Budget) = OnnxBudget.Allocate(
                checkpoint, _weights, folder, options with { Importance = Given(importance), Calibration = Record }, budget, importance!, inputs,
                Measure(halves: false, cancel), plan => OnnxExporter.FolderBytes(plan, input.Name, OnnxFolderFiles.Create(input, plan)), cancel);
        }

        options = options with { Importance = Given(importance ?? Unmeasured()), Calibration = Record };
        OnnxPlan rounded = OnnxPlan.Create(checkpoint, folder, options);
        if (!_request.Methods.Uses(SolveMethod.Gptq) || _run.DryRun)
        {
            Planned = Describe(() => SolveTargets.Of(rounded, _weights));
            return rounded;
        }

        OnnxExporter.Check(rounded, _run.Overwrite);
        SolveTargets targets = SolveTargets.Of(rounded, _weights);
        (Solutions solutions, ImportanceMatrix seen) = Solve(targets, cancel);
        return solutions.Apply(OnnxPlan.Create(checkpoint, folder, options with { Importance = importance ?? seen }));
    }

    /// <summary>Removes what was kept for a restart; for when the output is complete.</summary>
    public void Finish()
    {
        _solver?.Dispose();
        if (!_run.DryRun && Directory.Exists(_state))
        {
            Directory.Delete(_state, recursive: true);
        }
    }

    public void Dispose() => _solver?.Dispose();

    // The mixture asks whether there is an importance, not what it is: the types do not change when the values are known.
    private ImportanceMatrix? Unmeasured() => _windows is null ? null : CollectedImportance.Unmeasured(_weights);

    private ImportanceMatrix? Given(ImportanceMatrix? importance) => _request.Methods.UsesStatistics ? importance : null;

    // The pass that solves weights also measures the importance of those that are not solved.
    private bool RoundsByImportance => _request.Methods.Uses(SolveMethod.Importance) && !_request.Methods.Uses(SolveMethod.Gptq);

    private SolveOptions Solving => new() { Threads = _run.Threads, Shrinkage = _request.Shrinkage };

    // What is measured in any case: importances where the method rounds by them, or the budget counts with them.
    private (ImportanceMatrix? Importance, InputLosses? Inputs) Statistics(ImportanceMatrix? given, bool halves, CancellationToken cancel)
    {
        bool wanted = _request.Budget is not null || (given is null && RoundsByImportance && !_run.DryRun);
        if (_windows is null || !wanted)
        {
            return (given, null);
        }

        ImportanceCollector collector = new();
        using LayerPass pass = Open(null, "");
        if (_request.Budget is null)
        {
            Run(pass, collector, "calibrate", cancel);
            return (Matrix(collector), null);
        }

        InputLosses inputs = new(_weights.Spec, role => _request.Methods.Find(role) == SolveMethod.Gptq && IsStored(role.Kind), Solving);
        Run(pass, new PairedVisitor(collector, inputs), "calibrate", cancel);
        return (given ?? Matrix(collector), inputs);

        // Latent attention's kv_b has halves in GGUF.
        bool IsStored(TensorKind kind) => halves ? kind != TensorKind.AttentionKeyValueUp : kind is not (TensorKind.AttentionKeyUp or TensorKind.AttentionValueUp);
    }

    private Sensitivity Measure(bool halves, CancellationToken cancel)
    {
        if (_windows is null)
        {
            return Sensitivity.Even;
        }

        using LayerPass pass = Open(null, "");
        ProgressLine line = new(_run.Terminal, "measure", TimeProvider.System, static n => FormattableString.Invariant($"{n} passes"));
        try
        {
            return SensitivityProbe.Measure(
                pass, _weights, _windows.Windows, _windows.Tokens, halves, new ProbeRelay(line), cancel);
        }
        finally
        {
            line.Finish();
        }
    }

    private (Solutions Solutions, ImportanceMatrix Seen) Solve(SolveTargets targets, CancellationToken cancel)
    {
        Directory.CreateDirectory(_state);
        using OrtMatrixEngine? engine = OrtMatrixEngine.OpenForSolver(_request.Device, _run.Threads);
        SolveOptions options = Solving with { Engine = engine };
        _solver = new(_weights, targets, options, Path.Combine(_state, "solved"));
        ImportanceCollector collector = new(new TallyStore(Path.Combine(_state, "moments")));
        using LayerPass pass = Open(Path.Combine(_state, "pass"), Fingerprint(targets, options));
        if (engine is not null && _run.Terminal.Verbosity == Verbosity.Detailed)
        {
            _run.Terminal.Error.WriteLine($"the solver's products run on {engine.Name}");
        }

        try
        {
            Run(pass, new PairedVisitor(collector, _solver), "calibrate", cancel);
        }
        finally
        {
            _solver.Release();
        }

        Solutions solutions = _solver.Solutions;
        if (solutions.FellBack > _request.MaxFallback * solutions.Count)
        {
            throw new ModelPackException(string.Create(
                CultureInfo.InvariantCulture,
                $"{solutions.FellBack} of {solutions.Count} weights could not be solved and would be rounded ({solutions.FallbackSummary()}); "
                + $"at most {_request.MaxFallback * 100:0.##} % may: give more calibration text, or raise --max-fallback"));
        }

        return (solutions, Matrix(collector));
    }

    private LayerPass Open(string? state, string fingerprint)
    {
        LayerPass pass = LayerPass.Open(_weights, new RunnerOptions
        {
            Device = _request.Device,
            Threads = _run.Threads,
            StateFolder = state,
            Resume = _run.Resume && state is not null,
            Fingerprint = fingerprint,
        });
        if (_run.Terminal.Verbosity == Verbosity.Detailed)
        {
            _run.Terminal.Error.WriteLine(CommandTerminal.Printable($"calibration runs on {pass.Device.Name}: {pass.Device.Reason}"));
        }

        return pass;
    }

    private void Run(LayerPass pass, ILinearVisitor visitor, string verb, CancellationToken cancel)
    {
        ProgressLine line = new(_run.Terminal, verb, TimeProvider.System, TokenCount.Format);
        try
        {
            pass.Run(_windows!.Windows, visitor, null, new PassRelay(line), cancel);
        }
        finally
        {
            line.Finish();
        }
    }

    private PlannedCalibration? Describe(Func<SolveTargets> targets)
    {
        if (!_run.DryRun || _windows is null)
        {
            return null;
        }

        using LayerPass pass = Open(null, "");
        PassEstimate estimate = pass.Estimate(_windows.Windows, new ImportanceCollector(), logits: false);
        long solving = _request.Methods.Uses(SolveMethod.Gptq)
            ? SolveMemory.PeakBytes(_weights, targets(), Solving, estimate.ExpertsAtOnce)
            : 0;
        long peak = CalibrationMemory.Peak(_weights, estimate, solving);
        if (_request.Budget is not null)
        {
            // Sensitivities are measured at the output, with the importance of all columns at hand.
            PassEstimate probe = pass.Estimate(_windows.Windows, new ImportanceCollector());
            peak = Math.Max(peak, CalibrationMemory.Peak(_weights, probe) + SensitivityProbe.KeptBytes) + CollectedImportance.BytesOf(_weights);
        }

        return new(
            _windows.Names, pass.Device.Name, pass.Device.Reason, _request.Context, _windows.Windows.Count, _windows.Tokens, peak, estimate.SpilledBytes);
    }

    private ImportanceMatrix Matrix(ImportanceCollector collector) => CollectedImportance.ToMatrix(
        _weights.Spec, collector, [_windows!.Name], _windows.Windows.Count, _request.Context);

    private string Fingerprint(SolveTargets targets, SolveOptions options)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture,
            $"{_windows!.Sha256} {_request.Context} {options.Method} {options.Shrinkage} {options.Damping} {options.ActivationOrder} {options.Sweeps}\n")));
        if (options.Engine is OrtMatrixEngine engine)
        {
            // Sums in another order may end in other codes: layers of both would be a mixture.
            hash.AppendData(Encoding.UTF8.GetBytes($"products by {(engine.Device.Gpu is null ? "cpu" : "cuda")}\n"));
        }

        foreach (string target in targets.Describe())
        {
            hash.AppendData(Encoding.UTF8.GetBytes(target + "\n"));
        }

        hash.AppendData(Encoding.UTF8.GetBytes(SourceFingerprint.Of(_weights.Sources)));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
