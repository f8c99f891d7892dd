using System.Globalization;
using System.Text.Json;
using ModelPack.Models;
using ModelPack.Models.Architectures;
using ModelPack.Models.Onnx;
using ModelPack.Models.Onnx.Export;
using ModelPack.Quantize.Onnx.Encoders;

namespace ModelPack.Quantize.Weights;

/// <summary>What modelpack.json says about one weight of an ONNX folder: how its rows are stored, and where.</summary>
/// <param name="Role">Its place; for experts the stack.</param>
/// <param name="Experts">Experts of the stack, in order; empty for anything else.</param>
/// <param name="Rows">Rows, those of all experts counted.</param>
/// <param name="Columns">Length of a row.</param>
/// <param name="Grid">Blocks of codes; null for plain numbers.</param>
/// <param name="Plain">Type of plain numbers; null for blocks.</param>
/// <param name="Parts">File, first byte and bytes a row of values, scales and zero points.</param>
internal sealed record OnnxStoredWeight(
    TensorRole Role,
    IReadOnlyList<int> Experts,
    long Rows,
    int Columns,
    BlockGrid? Grid,
    QuantType? Plain,
    IReadOnlyList<(string File, long Offset, int RowBytes)> Parts)
{
    private const int MostColumns = 1 << 24;
    private const int MostExperts = 1 << 14;

    /// <summary>Reads one entry of "tensors".</summary>
    /// <returns>Null for what has no role: tables that are computed.</returns>
    /// <exception cref="InvalidCheckpointException">A number or a word that makes no sense.</exception>
    public static OnnxStoredWeight? Read(JsonElement entry)
    {
        if (!entry.TryGetProperty("role", out JsonElement text) || !TensorRole.TryParse(text.GetString() ?? "", out TensorRole role))
        {
            return null;
        }

        (long rows, long columns) = (entry.GetProperty("rows").GetInt64(), entry.GetProperty("columns").GetInt64());
        JsonElement[] places = [.. entry.GetProperty("initializers").EnumerateArray()];
        if (rows < 1 || columns is < 1 or > MostColumns || rows > long.MaxValue / MostColumns / 8 || places.Length is < 1 or > 3)
        {
            throw Fault(role, $"{rows} rows of {columns} in {places.Length} initializers");
        }

        (string File, long Offset, int RowBytes)[] parts = [.. places.Select(p => Place(role, p, rows))];
        string type = entry.GetProperty("type").GetString() ?? "";
        QuantType? plain = type switch { "f32" => QuantType.F32, "f16" => QuantType.F16, "bf16" => QuantType.BF16, _ => null };
        BlockGrid? grid = plain is null ? GridOf(role, type, places, (int)columns, parts[0].RowBytes) : null;
        int[] expected = grid is null
            ? [(int)plain!.Storage.SizeOf(columns)]
            : [.. ((int[])[grid.ValueBytes, grid.ScaleBytes, grid.ZeroBytes]).Where(static b => b > 0)];
        int[] experts = entry.TryGetProperty("experts", out JsonElement list) ? [.. list.EnumerateArray().Select(static e => e.GetInt32())] : [];
        return parts.Select(static p => p.RowBytes).SequenceEqual(expected) && experts.Length <= MostExperts
            && (experts.Length == 0 || rows % experts.Length == 0)
            ? new(role, experts, rows, (int)columns, grid, plain, parts)
            : throw Fault(role, $"{string.Join(", ", parts.Select(static p => p.RowBytes))} bytes a row; expected {string.Join(", ", expected)} for {type}");
    }

    private static (string, long, int) Place(TensorRole role, JsonElement place, long rows)
    {
        string file = place.GetProperty("file").GetString() ?? "";
        (long offset, long bytes) = (place.GetProperty("offset").GetInt64(), place.GetProperty("bytes").GetInt64());
        bool inside = file.Length > 0 && file == Path.GetFileName(file) && !file.Contains('\\') && file is not ("." or "..");
        return inside && offset >= 0 && bytes % rows == 0 && bytes / rows is > 0 and <= int.MaxValue
            ? (file, offset, (int)(bytes / rows))
            : throw Fault(role, $"{bytes} bytes for {rows} rows at byte {offset} of '{file}'");
    }

    private static BlockGrid GridOf(TensorRole role, string type, JsonElement[] places, int columns, int rowBytes)
    {
        string[] words = type.Split(' ');
        int size = 0;
        bool known = words is ["int4" or "int8", _, "sym" or "asym"] && places.Length >= 2
            && (words[1] == "row" || (words[1].StartsWith('g')
                && int.TryParse(words[1].AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out size) && size > 0));
        if (!known)
        {
            throw Fault(role, $"type '{type}'");
        }

        OnnxElementType scales = places[1].GetProperty("type").GetString() == "float16" ? OnnxElementType.Float16 : OnnxElementType.Float;
        try
        {
            return new(new OnnxWeightFormat.Blocks(words[0] == "int4" ? 4 : 8, size, words[2] == "sym", scales), columns, rowBytes);
        }
        catch (ArgumentException)
        {
            throw Fault(role, $"type '{type}'");
        }
    }

    private static InvalidCheckpointException Fault(TensorRole role, string what) => new($"modelpack.json: {role}: {what}");
}
