using System.Globalization;

namespace ModelPack.Benchmarks.SideBySide;

/// <summary>The modelpack tool as a user runs it.</summary>
/// <param name="Path">The executable.</param>
internal sealed record ModelPackProgram(string Path)
{
    /// <summary>The tool that was built with this program, in the same configuration, unless a path is given.</summary>
    public static ModelPackProgram Find(string? path)
    {
        string built = System.IO.Path.GetFullPath(System.IO.Path.Combine(
            AppContext.BaseDirectory, "..", "..", "ModelPack.Cli", System.IO.Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/')), "modelpack"));
        string program = path ?? built;
        return File.Exists(program)
            ? new ModelPackProgram(program)
            : throw new FileNotFoundException($"{program}: not built; give its path with --cli");
    }

    public Measurement Help() => MeasuredProcess.Run(Path, "--help");

    /// <summary>An unquantized GGUF of a checkpoint.</summary>
    public Measurement Convert(string folder, string output) =>
        MeasuredProcess.Run(Path, "convert", folder, "--to", "gguf", "--type", "bf16", "-o", output, "--overwrite");

    /// <param name="model">A checkpoint folder or an unquantized GGUF.</param>
    /// <param name="output">File to write.</param>
    /// <param name="type">Preset: "q4_k_m".</param>
    /// <param name="threads">Worker threads.</param>
    public Measurement Quantize(string model, string output, string type, int threads) => MeasuredProcess.Run(
        Path, "quantize", model, "-t", type, "-o", output, "--threads", threads.ToString(CultureInfo.InvariantCulture), "--overwrite", "--json");
}
