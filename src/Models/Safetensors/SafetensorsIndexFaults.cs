namespace ModelPack.Models.Safetensors;

/// <summary>Everything that can be wrong with model.safetensors.index.json and with how it fits its files.</summary>
internal static class SafetensorsIndexFaults
{
    public static InvalidCheckpointException NotJson(string file, Exception cause) =>
        new($"{file}: not valid JSON; expected an object with weight_map", cause);

    public static InvalidCheckpointException NoWeightMap(string file) =>
        new($"{file}: weight_map is missing; expected an object from tensor names to file names");

    public static InvalidCheckpointException FileNotText(string file, string name) =>
        new($"{file}: weight_map: {Spelling.OneLine(name)}: expected the name of a file");

    public static InvalidCheckpointException NameRepeated(string file, string name) =>
        new($"{file}: weight_map: {Spelling.OneLine(name)}: appears twice; names must be unique");

    public static InvalidCheckpointException PathLeavesFolder(string file, string path) =>
        new($"{file}: weight_map: {Spelling.OneLine(path)}: expected a path inside the folder, with / and without .. or links");

    public static InvalidCheckpointException NotSafetensors(string file, string path) =>
        new($"{file}: weight_map: {Spelling.OneLine(path)}: expected a .safetensors file");

    public static InvalidCheckpointException FileMissing(string file, IReadOnlyCollection<string> paths) =>
        new($"{file}: names files that are not in the folder: {Spelling.Some(paths)}; expected a complete download");

    public static InvalidCheckpointException NamesDiffer(string file, IReadOnlyCollection<string> missing, IReadOnlyCollection<string> extra) =>
        new($"{file}: names differ from the files'{Part("; missing in the files", missing)}{Part("; missing in the index", extra)}");

    public static InvalidCheckpointException InAnotherFile(string file, string name, string expected, string actual) =>
        new($"{file}: weight_map: {Spelling.OneLine(name)}: {Spelling.OneLine(expected)}; the tensor is in {Spelling.OneLine(actual)}");

    public static InvalidCheckpointException PartMissing(string folder, IReadOnlyCollection<string> paths) =>
        new($"{folder}: {Spelling.Some(paths)}: missing; the names of the other files say how many there are");

    public static InvalidCheckpointException TensorInTwoFiles(string name, string first, string second) =>
        new($"{Spelling.OneLine(second)}: {Spelling.OneLine(name)}: also in {Spelling.OneLine(first)}; names must be unique");

    private static string Part(string label, IReadOnlyCollection<string> names) =>
        names.Count == 0 ? "" : $"{label}: {Spelling.Some(names)}";
}
