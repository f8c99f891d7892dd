using System.Text.Encodings.Web;
using System.Text.Json;

namespace ModelPack.Quantize.Onnx;

/// <summary>Writes modelpack.json: what a folder was made of and how, every tensor, and the hash of every file.</summary>
/// <remarks>No path of the machine, no date: the same input gives the same bytes.</remarks>
internal static class OnnxManifest
{
    /// <summary>Name of the file; what starts with it and a dot (a signature) belongs to it and is not listed.</summary>
    public const string FileName = "modelpack.json";

    /// <summary>Raised when a field changes its meaning.</summary>
    public const int SchemaVersion = 1;

    /// <summary>Writes the document.</summary>
    /// <param name="output">Left open.</param>
    /// <param name="plan">What was run.</param>
    /// <param name="source">Name of the model that was exported.</param>
    /// <param name="files">All files of the folder but this one.</param>
    public static void Write(Stream output, OnnxPlan plan, string source, IReadOnlyList<OnnxManifestFile> files)
    {
        using Utf8JsonWriter json = new(output, new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, NewLine = "\n" });
        json.WriteStartObject();
        json.WriteNumber("schemaVersion", SchemaVersion);
        json.WriteString("tool", $"modelpack {ToolVersion}");
        json.WriteString("format", "onnx");
        WriteSource(json, plan, source);
        WriteOptions(json, plan.Options);
        json.WriteStartArray("files");
        foreach (OnnxManifestFile file in files)
        {
            json.WriteStartObject();
            json.WriteString("name", file.Name);
            json.WriteNumber("bytes", file.Bytes);
            json.WriteString("sha256", file.Sha256);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("tensors");
        foreach (OnnxPlannedWeight weight in plan.Weights)
        {
            WriteTensor(json, weight);
            if (json.BytesPending > 1 << 16)
            {
                json.Flush();
            }
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static string ToolVersion => typeof(OnnxManifest).Assembly.GetName().Version?.ToString(3) ?? "0";

    private static void WriteSource(Utf8JsonWriter json, OnnxPlan plan, string name)
    {
        json.WriteStartObject("source");
        json.WriteString("name", name);
        json.WriteStartArray("files");
        foreach (string path in plan.Decoder.Sources)
        {
            FileInfo link = new(path);
            json.WriteStartObject();
            json.WriteString("name", link.Name);
            json.WriteNumber("bytes", (link.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? link).Length);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteOptions(Utf8JsonWriter json, OnnxOptions options)
    {
        json.WriteStartObject("options");
        json.WriteString("type", options.Type.Name);
        json.WriteString("provider", options.Provider.ToString().ToLowerInvariant());
        json.WriteNumber("blockSize", options.BlockSize);
        json.WriteBoolean("symmetric", options.Symmetric);
        json.WriteNumber("accuracyLevel", options.EffectiveAccuracyLevel);
        if (options.ImportanceFile is { } matrix)
        {
            json.WriteString("importance", matrix);
        }

        if (options.Calibration is { } calibration)
        {
            json.WriteStartObject("calibration");
            json.WriteString("method", calibration.Method);
            json.WriteString("dataset", calibration.Dataset);
            json.WriteString("sha256", calibration.Sha256);
            json.WriteNumber("tokens", calibration.Tokens);
            json.WriteNumber("context", calibration.Context);
            json.WriteEndObject();
        }

        json.WriteStartArray("rules");
        foreach (OnnxRule rule in options.Rules)
        {
            json.WriteStringValue(rule.Text);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteTensor(Utf8JsonWriter json, OnnxPlannedWeight weight)
    {
        json.WriteStartObject();
        json.WriteString("name", weight.Name);
        if (weight.Weight.Role is { } role)
        {
            json.WriteString("role", role.ToString());
        }

        if (weight.Weight.Experts.Count > 0)
        {
            json.WriteStartArray("experts");
            weight.Weight.Experts.ToList().ForEach(json.WriteNumberValue);
            json.WriteEndArray();
        }

        json.WriteNumber("rows", weight.Weight.Source.Rows);
        json.WriteNumber("columns", weight.Weight.Source.Columns);
        json.WriteString("type", weight.Type);
        json.WriteString("method", weight.Method);
        json.WriteStartArray("initializers");
        foreach (OnnxPlace place in weight.Places)
        {
            json.WriteStartObject();
            json.WriteString("name", place.Initializer.Name);
            json.WriteString("type", place.Initializer.Type.ToString().ToLowerInvariant());
            json.WriteStartArray("shape");
            place.Initializer.Shape.ToList().ForEach(json.WriteNumberValue);
            json.WriteEndArray();
            json.WriteString("file", OnnxLayout.NameOf(place.File));
            json.WriteNumber("offset", place.Offset);
            json.WriteNumber("bytes", place.Initializer.Bytes);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("sources");
        foreach (string name in weight.Weight.SourceNames)
        {
            json.WriteStringValue(name);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
