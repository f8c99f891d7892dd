using ModelPack.Tests.Support;

namespace ModelPack.Tests.Quantize.Onnx;

/// <summary>An exported folder, loaded into ONNX Runtime.</summary>
internal sealed class FolderModel(string folder) : IDisposable
{
    private readonly OrtSession _session = OrtSession.Load(Path.Combine(folder, "model.onnx"));

    /// <summary>Logits of every position of one sequence, from nothing.</summary>
    public float[] Logits(ReadOnlySpan<int> tokens)
    {
        long[] ids = [.. tokens.ToArray().Select(static t => (long)t)];
        long[] mask = [.. ids.Select(static _ => 1L)];
        return _session.Run(
            [
                OrtSession.Input("input_ids", ids, 1, ids.Length),
                OrtSession.Input("attention_mask", mask, 1, ids.Length),
                .. _session.Inputs
                    .Where(static i => i.Key.StartsWith("past_key_values", StringComparison.Ordinal))
                    .Select(static i => OrtSession.Input(i.Key, (float[])[], 1, i.Value.Dimensions[1], 0, i.Value.Dimensions[3])),
            ])["logits"].Values;
    }

    public void Dispose() => _session.Dispose();
}
