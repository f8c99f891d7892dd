using ModelPack.Licensing.Identity;
using ModelPack.Licensing.Notices;
using ModelPack.Models;

namespace ModelPack.Cli.Licenses;

/// <summary>Writes the files that licenses ask for into a folder.</summary>
internal static class NoticeFolder
{
    private static readonly string[] Names = [NoticePackage.TextFolder, "NOTICE", "STATEMENTS.md"];

    /// <param name="folder">Made when it is not there.</param>
    /// <param name="model">Folder of the model's files.</param>
    /// <param name="package">What to write.</param>
    /// <param name="overwrite">Whether earlier files of these names may be replaced.</param>
    /// <exception cref="ModelPackException">A name is taken, or a file cannot be read or written.</exception>
    public static void Write(string folder, string model, NoticePackage package, bool overwrite)
    {
        string? taken = Names.Select(name => Path.Combine(folder, name)).FirstOrDefault(Path.Exists);
        if (taken is not null && !overwrite)
        {
            throw new ModelPackException($"{taken}: exists; expected a new folder, or --overwrite");
        }

        try
        {
            // Everything is read before anything is written.
            (string Target, byte[] Content)[] texts = [.. package.Copies.Select(copy => (copy.Target, Content(Path.Combine(model, copy.Source))))];
            Directory.CreateDirectory(Path.Combine(folder, NoticePackage.TextFolder));
            foreach ((string target, byte[] content) in texts)
            {
                string path = Path.Combine(folder, target);
                File.WriteAllBytes(path + ".partial", content);
                File.Move(path + ".partial", path, overwrite: true);
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new ModelPackException($"{folder}: cannot write: {fault.Message.TrimEnd('.')}", fault);
        }

        TextFile.Write(Path.Combine(folder, "NOTICE"), package.Notice, overwrite: true);
        TextFile.Write(Path.Combine(folder, "STATEMENTS.md"), package.Statements, overwrite: true);
    }

    /// <summary>The texts of the model's NOTICE files: what stands there goes on to recipients.</summary>
    public static IReadOnlyList<string> Notices(string model)
    {
        string[] found = Directory.Exists(model)
            ? [.. Directory.EnumerateFiles(model, "NOTICE*").Order(StringComparer.Ordinal).Where(static f => InputFile.HasContent(f))]
            : [];
        return [.. found.Select(static f => LicenseTextDecoder.Decode(Content(f))).OfType<string>()];
    }

    private static byte[] Content(string path)
    {
        byte[] bytes = LicenseScan.ReadStart(path, out bool cut);
        return cut
            ? throw new ModelPackException($"{path}: larger than {ByteSize.Format(LicenseTextDecoder.MaxBytes)}; expected a license text")
            : bytes;
    }
}
