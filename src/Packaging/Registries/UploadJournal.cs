using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ModelPack.Packaging.Oci;

namespace ModelPack.Packaging.Registries;

/// <summary>Keeps where the uploads to a repository are, so that a run that was killed goes on after its last whole chunk.</summary>
/// <param name="folder">Folder of the notes; null to keep none.</param>
/// <param name="repository">Registry and repository.</param>
internal sealed class UploadJournal(string? folder, string repository)
{
    private const int MaxBytes = 1 << 16;

    /// <summary>Where the upload of a blob was; null when nothing is known.</summary>
    public Uri? Find(Digest blob)
    {
        if (folder is null || !File.Exists(PathOf(blob)) || new FileInfo(PathOf(blob)).Length > MaxBytes)
        {
            return null;
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(PathOf(blob)));
            return Uri.TryCreate(document.RootElement.GetProperty("location").GetString(), UriKind.Absolute, out Uri? location) ? location : null;
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException or IOException)
        {
            return null;
        }
    }

    /// <summary>Notes a place; only this user may read it, for with some registries it lets whoever has it write.</summary>
    public void Note(Digest blob, Uri location)
    {
        if (folder is null)
        {
            return;
        }

        try
        {
            Directory.CreateDirectory(folder);
            string partial = PathOf(blob) + ".partial";
            FileStreamOptions options = new() { Mode = FileMode.Create, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            using (FileStream file = new(partial, options))
            {
                file.Write(CanonicalJson.Bytes(CanonicalJson.Texts(("location", location.AbsoluteUri))));
            }

            File.Move(partial, PathOf(blob), overwrite: true);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // Without notes a later run sends the blob anew.
        }
    }

    /// <summary>The upload is over.</summary>
    public void Forget(Digest blob)
    {
        try
        {
            if (folder is not null && Directory.Exists(folder))
            {
                File.Delete(PathOf(blob));
                Directory.Delete(folder);
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // Other uploads have notes there still.
        }
    }

    private string PathOf(Digest blob) =>
        Path.Combine(folder!, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{repository} {blob}"))) + ".json");
}
