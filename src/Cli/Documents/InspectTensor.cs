namespace ModelPack.Cli.Documents;

/// <summary>One stored tensor.</summary>
/// <param name="Name">Name in the file.</param>
/// <param name="Type">Storage type as the format spells it.</param>
/// <param name="Shape">As the format orders it: outermost first in safetensors, row length first in GGUF.</param>
/// <param name="Bytes">Size of the data.</param>
internal sealed record InspectTensor(string Name, string Type, IReadOnlyList<long> Shape, long Bytes);
