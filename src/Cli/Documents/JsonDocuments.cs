using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using ModelPack.Quantize.Onnx;
using ModelPack.Quantize.Plans;

namespace ModelPack.Cli.Documents;

/// <summary>Writes documents for machines: camelCase, indented, absent fields left out.</summary>
[JsonSerializable(typeof(CalibrateDocument))]
[JsonSerializable(typeof(EvaluateDocument))]
[JsonSerializable(typeof(InspectDocument))]
[JsonSerializable(typeof(LicenseAuditDocument))]
[JsonSerializable(typeof(LicenseCheckDocument))]
[JsonSerializable(typeof(LicenseExplainDocument))]
[JsonSerializable(typeof(LicenseListDocument))]
[JsonSerializable(typeof(QuantizeDocument))]
[JsonSerializable(typeof(PlanDocument))]
[JsonSerializable(typeof(LicenseDetectDocument))]
[JsonSerializable(typeof(OnnxPlanDocument))]
[JsonSerializable(typeof(VerifyDocument))]
[JsonSerializable(typeof(NuGetPackDocument))]
[JsonSerializable(typeof(NuGetPushDocument))]
[JsonSerializable(typeof(PackDocument))]
[JsonSerializable(typeof(PullDocument))]
[JsonSerializable(typeof(SignDocument))]
[JsonSerializable(typeof(TagsDocument))]
[JsonSerializable(typeof(TransferDocument))]
internal sealed partial class JsonDocuments : JsonSerializerContext
{
    private static readonly JsonDocuments Readable = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        WriteIndented = true,

        // The document goes to a file or a program, not into a web page: "+" and non-ASCII letters stay as they are.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    /// <summary>Writes one document and a line end.</summary>
    public static void Write<T>(TextWriter output, T document)
    {
        JsonTypeInfo<T> type = Readable.GetTypeInfo(typeof(T)) as JsonTypeInfo<T>
            ?? throw new ArgumentException($"{typeof(T)} is no document.", nameof(document));
        output.WriteLine(JsonSerializer.Serialize(document, type));
    }
}
