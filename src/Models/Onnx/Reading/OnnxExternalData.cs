using System.Globalization;

namespace ModelPack.Models.Onnx.Reading;

/// <summary>Reads a tensor's external_data, whose location a hostile model chooses.</summary>
internal static class OnnxExternalData
{
    /// <summary>Checks the keys location, offset and length; checksum and others are read past.</summary>
    /// <param name="file">The model, for messages.</param>
    /// <param name="tensor">The tensor, for messages.</param>
    /// <param name="pairs">Keys and values.</param>
    /// <param name="expected">Bytes that shape and type ask for; null where they do not tell.</param>
    public static OnnxData.External Read(string file, string tensor, IReadOnlyList<KeyValuePair<string, string>> pairs, long? expected)
    {
        string location = "";
        long offset = 0;
        long? length = null;
        foreach ((string key, string value) in pairs)
        {
            switch (key)
            {
                case "location":
                    location = Location(file, tensor, value);
                    break;
                case "offset":
                    offset = Number(file, tensor, key, value);
                    break;
                case "length":
                    length = Number(file, tensor, key, value);
                    break;
                default:
                    break;
            }
        }

        if (location.Length == 0)
        {
            throw OnnxFaults.BadExternal(file, tensor, "location", "", "the name of a file");
        }

        long bytes = length ?? expected ?? throw OnnxFaults.BadExternal(file, tensor, "length", "", "a number of bytes");
        return bytes != (expected ?? bytes) ? throw OnnxFaults.BadExternal(file, tensor, "length", $"{bytes}", $"{expected} for its shape and type")
            : bytes > OnnxLimits.TensorBytes ? throw OnnxFaults.BadExternal(file, tensor, "length", $"{bytes}", $"at most {OnnxLimits.TensorBytes}")
            : offset > long.MaxValue - bytes ? throw OnnxFaults.BadExternal(file, tensor, "offset", $"{offset}", "an end that fits 63 bits")
            : new(location, offset, bytes);
    }

    /// <summary>A path inside the model's folder, on any system: no root, no drive, no "..", no '\', nothing that cannot be printed.</summary>
    private static string Location(string file, string tensor, string value)
    {
        string path = value.StartsWith("./", StringComparison.Ordinal) ? value[2..] : value;
        return path.Length is > 0 and <= 1024
            && !path.Contains('\\') && !path.Contains(':') && !path.Any(char.IsControl)
            && path.Split('/').All(static part => part.Length > 0 && part is not ("." or ".."))
            ? path
            : throw OnnxFaults.BadExternal(file, tensor, "location", value, "a path inside the model's folder, with '/'");
    }

    private static long Number(string file, string tensor, string key, string value) =>
        long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            ? number
            : throw OnnxFaults.BadExternal(file, tensor, key, value, "a whole number from 0");
}
