using ModelPack.Models;

namespace ModelPack.Cli;

/// <summary>Writes small files as a whole: there is no half of one under its final name.</summary>
internal static class TextFile
{
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="text">Written as UTF-8 without a mark.</param>
    /// <param name="overwrite">Whether a file of that name may be replaced.</param>
    /// <exception cref="ModelPackException">The file exists, or cannot be written.</exception>
    public static void Write(string path, string text, bool overwrite)
    {
        if (!overwrite && File.Exists(path))
        {
            throw new ModelPackException($"{path}: exists; expected a new name, or --overwrite");
        }

        string partial = path + ".partial";
        try
        {
            File.WriteAllText(partial, text);
            File.Move(partial, path, overwrite);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new ModelPackException($"{path}: cannot write: {fault.Message.TrimEnd('.')}", fault);
        }
    }
}
