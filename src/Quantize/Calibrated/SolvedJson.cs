using System.Text.Json.Serialization;

namespace ModelPack.Quantize.Calibrated;

/// <summary>How the store's indexes are written, without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(List<SolvedEntry>))]
internal sealed partial class SolvedJson : JsonSerializerContext;
