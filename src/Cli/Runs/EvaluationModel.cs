using ModelPack.Cli.Documents;
using ModelPack.Cli.Inspection;
using ModelPack.Models;

namespace ModelPack.Cli.Runs;

/// <summary>A model of an evaluation: what it is, and how to run it.</summary>
/// <param name="Name">Its name in the report.</param>
/// <param name="Input">Opened.</param>
/// <param name="Facts">What its headers say.</param>
internal sealed record EvaluationModel(string Name, RunInput Input, InspectDocument Facts) : IDisposable
{
    /// <summary>Bytes of its tensors.</summary>
    public long Bytes => Facts.Bytes;

    /// <summary>Bits a weight takes, scales and all.</summary>
    public double BitsPerWeight => Facts.Parameters == 0 ? 0 : 8.0 * Facts.Bytes / Facts.Parameters;

    /// <summary>Opens a model.</summary>
    /// <param name="name">Null for the name of the file or folder.</param>
    /// <param name="path">MODEL.</param>
    /// <param name="cancel">Stops between files.</param>
    /// <exception cref="ModelPackException">It is no model, broken or not supported.</exception>
    public static EvaluationModel Open(string? name, string path, CancellationToken cancel)
    {
        RunInput input = RunInput.Open(path, cancel);
        try
        {
            return new(name ?? input.Name, input, Inspector.Inspect(path, listTensors: false, static _ => { }, cancel));
        }
        catch
        {
            input.Dispose();
            throw;
        }
    }

    public void Dispose() => Input.Dispose();
}
