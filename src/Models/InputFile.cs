namespace ModelPack.Models;

/// <summary>What is looked at before a file that others made is opened.</summary>
public static class InputFile
{
    /// <summary>Whether the path, or what it links to, is a file with bytes in it.</summary>
    /// <remarks>Pipes and devices have no length, and opening a pipe would wait for its writer, for ever if there is none.</remarks>
    /// <exception cref="IOException">There is no such file, it is a folder, or links run in a circle.</exception>
    public static bool HasContent(string path)
    {
        FileInfo file = new(path);
        return (file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file).Length > 0;
    }
}
