using ModelPack.Models.Onnx.Reading;

namespace ModelPack.Models.Onnx;

/// <summary>Finds a file of external data, as ONNX Runtime does: in the model's folder, or in the folder that both are linked from.</summary>
public static class OnnxExternalFile
{
    /// <summary>The file, after checking that it is there, inside, and long enough for the tensor.</summary>
    /// <param name="model">Path of the .onnx file.</param>
    /// <param name="tensor">Name of the tensor, for messages.</param>
    /// <param name="data">What the model says.</param>
    /// <returns>Full path.</returns>
    /// <exception cref="InvalidCheckpointException">It is missing, a link that leaves the folder, or too short.</exception>
    /// <remarks>A link is followed where its target lies beside the model's own target, as a hub's cache lays them.</remarks>
    public static string Resolve(string model, string tensor, OnnxData.External data)
    {
        string file = Path.GetFileName(model);
        string folder = Path.GetDirectoryName(Path.GetFullPath(model))!;
        string path = Path.Combine(folder, data.Location);
        try
        {
            for (string parent = Path.GetDirectoryName(path)!; parent.Length > folder.Length; parent = Path.GetDirectoryName(parent)!)
            {
                if (new DirectoryInfo(parent).LinkTarget is not null)
                {
                    throw OnnxFaults.ExternalLink(file, data.Location);
                }
            }

            FileInfo info = new(path);
            if (info.Exists && info.ResolveLinkTarget(returnFinalTarget: true) is FileInfo target)
            {
                string inside = Target(model);
                if (!target.FullName.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal)
                    && target.DirectoryName != Path.GetDirectoryName(inside))
                {
                    throw OnnxFaults.ExternalLink(file, data.Location);
                }

                info = target;
            }

            if (!info.Exists)
            {
                throw OnnxFaults.ExternalMissing(file, data.Location);
            }

            return data.Offset <= info.Length - data.Bytes
                ? path
                : throw OnnxFaults.ExternalShort(file, data.Location, tensor, data.Offset + data.Bytes, info.Length);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw OnnxFaults.CannotRead(data.Location, cause);
        }
    }

    private static string Target(string model)
    {
        FileInfo file = new(Path.GetFullPath(model));
        return (file.ResolveLinkTarget(returnFinalTarget: true) ?? file).FullName;
    }
}
