using System.Globalization;
using ModelPack.Cli.Documents;
using ModelPack.Cli.Terminal;

namespace ModelPack.Cli.Inspection;

/// <summary>Writes an <see cref="InspectDocument"/> for people.</summary>
internal static class InspectText
{
    public static void Write(TextWriter output, InspectDocument model)
    {
        Line(output, "format", model.Encoding is null or "none" ? model.Format : $"{model.Format}, {model.Encoding}");
        Line(output, "architecture", model.Architecture);
        Line(output, "parameters", model.ActiveParameters == model.Parameters
            ? Count(model.Parameters)
            : $"{Count(model.Parameters)}, {Count(model.ActiveParameters)} active");
        Line(output, "layers", model.Layers?.ToString(CultureInfo.InvariantCulture));
        Line(output, "experts", model.Experts is { } experts
            ? $"{experts.Count}, {experts.Active} active{(experts.Shared > 0 ? $", {experts.Shared} shared" : "")}"
            : null);
        Line(output, "attention", model.Attention is { } heads
            ? $"{heads.Heads} heads of {heads.HeadSize}, {heads.KeyValueHeads} for keys and values"
            : null);
        Line(output, "context", model.ContextLength?.ToString(CultureInfo.InvariantCulture));
        Line(output, "vocabulary", model.VocabularySize is { } size
            ? model.Tokenizer is null ? $"{size}" : $"{size}, {model.Tokenizer}"
            : model.Tokenizer);
        Line(output, "license", model.License);
        Line(output, "types", string.Join(", ", model.Types.Select(static t => $"{t.Key} {ByteSize.Format(t.Value)}")));
        Line(output, "bytes", ByteSize.Format(model.Bytes));
        if (model.Tensors is not { Count: > 0 } tensors)
        {
            return;
        }

        output.WriteLine();
        int width = tensors.Max(static t => t.Name.Length);
        foreach (InspectTensor tensor in tensors)
        {
            output.WriteLine(CommandTerminal.Printable(
                $"{tensor.Name.PadRight(width)}  {tensor.Type,-8} {ByteSize.Format(tensor.Bytes),9}  {string.Join(" × ", tensor.Shape)}"));
        }
    }

    private static void Line(TextWriter output, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            output.WriteLine($"{name,-13} {CommandTerminal.Printable(value)}");
        }
    }

    private static string Count(long number) => number switch
    {
        >= 1_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{number / 1e9:F1} billion ({number:N0})"),
        >= 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{number / 1e6:F1} million ({number:N0})"),
        _ => number.ToString("N0", CultureInfo.InvariantCulture),
    };
}
