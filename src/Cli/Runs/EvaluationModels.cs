using ModelPack.Models;
using ModelPack.Quantize.Calibration;

namespace ModelPack.Cli.Runs;

/// <summary>All models of an evaluation.</summary>
/// <param name="Reference">What the others are compared with; null for none.</param>
/// <param name="All">The model itself, then the variants.</param>
internal sealed record EvaluationModels(EvaluationModel? Reference, IReadOnlyList<EvaluationModel> All) : IDisposable
{
    /// <summary>The model itself.</summary>
    public EvaluationModel First => All[0];

    /// <summary>Opens them.</summary>
    /// <exception cref="ModelPackException">A path is no model, or a model is broken or not supported.</exception>
    /// <exception cref="UsageException">Two have the same name.</exception>
    public static EvaluationModels Open(
        string model, string? reference, IReadOnlyList<(string Name, string Path)> variants, CancellationToken cancel)
    {
        List<EvaluationModel> opened = [];
        try
        {
            opened.Add(EvaluationModel.Open(null, model, cancel));
            foreach ((string name, string path) in variants)
            {
                opened.Add(EvaluationModel.Open(name, path, cancel));
            }

            if (opened.Select(static m => m.Name).GroupBy(static n => n).FirstOrDefault(static g => g.Count() > 1) is { } twice)
            {
                throw new UsageException($"--variant: two models named {twice.Key}; expected a name for each");
            }

            return new(reference is null ? null : EvaluationModel.Open(null, reference, cancel), opened);
        }
        catch
        {
            opened.ForEach(static m => m.Dispose());
            throw;
        }
    }

    /// <summary>Checks that the reference's tokenizer makes the same tokens of the text: only then can predictions be compared.</summary>
    /// <param name="text">The text.</param>
    /// <param name="windows">What the first model's tokenizer made of it.</param>
    /// <param name="parseSpecial">As for the text.</param>
    /// <param name="data">The text's path.</param>
    /// <exception cref="ModelPackException">The tokens differ; the message says where.</exception>
    public void CheckTokens(RunText text, TokenWindows windows, bool parseSpecial, string data)
    {
        if (Reference is null)
        {
            return;
        }

        using WindowSource source = new RunText(data, Reference.Input, parseSpecial).Windows(windows.Context);
        TokenWindows other = source.Next(windows.All.Count)!;
        for (int i = 0; i < windows.All.Count; i++)
        {
            int[] mine = windows.All[i];
            int[] theirs = i < other.All.Count ? other.All[i] : [];
            int at = mine.AsSpan().CommonPrefixLength(theirs);
            if (at < mine.Length)
            {
                throw new ModelPackException(
                    $"{Reference.Name}: its tokenizer makes other tokens of the text than that of {First.Name}: token {((long)i * windows.Context) + at} is "
                    + $"{(at < theirs.Length ? theirs[at] : "missing")} and {mine[at]}; expected models of one vocabulary");
            }
        }
    }

    public void Dispose()
    {
        Reference?.Dispose();
        foreach (EvaluationModel model in All)
        {
            model.Dispose();
        }
    }
}
