using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ModelPack.Tests.Support;

/// <summary>Sums of squares of what llama.cpp multiplies the weights of layers with, collected where llama-imatrix collects them.</summary>
/// <remarks>
/// Source: tools/imatrix of llama.cpp: for each product with a weight of two or three dimensions, the squares of every column of each matrix,
/// and the rows of one of its matrices. Products with chosen experts are left out here.
/// </remarks>
internal sealed unsafe class LlamaImatrix
{
    /// <summary>Sums by the weight's name: one for each column of each matrix.</summary>
    public Dictionary<string, (double[] Sums, long Count)> Entries { get; } = [];

    /// <summary>What a scheduler calls before and after it computes a tensor; the state is a handle of an instance.</summary>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    public static byte See(nint tensor, byte ask, nint state)
    {
        nint weight = Tensor.Source(tensor, 0);
        bool wanted = Text(LlamaNative.ggml_op_desc(tensor)) == "MUL_MAT" && Text(LlamaNative.ggml_get_name(weight)).StartsWith("blk.", StringComparison.Ordinal);
        if (ask == 0 && wanted)
        {
            ((LlamaImatrix)GCHandle.FromIntPtr(state).Target!).Add(weight, Tensor.Source(tensor, 1));
        }

        return (byte)(wanted || ask == 0 ? 1 : 0);
    }

    private void Add(nint weight, nint input)
    {
        ReadOnlySpan<long> size = Tensor.Size(input);
        ReadOnlySpan<long> step = Tensor.Step(input);
        int columns = checked((int)size[0]);
        int matrices = checked((int)Tensor.Size(weight)[2]);
        string name = Text(LlamaNative.ggml_get_name(weight));
        (double[] sums, long count) = Entries.TryGetValue(name, out var known) ? known : (new double[matrices * columns], 0);
        byte* data = LlamaNative.ggml_get_data(input);
        for (long i = 0; i < size[2]; i++)
        {
            for (long row = 0; row < size[1]; row++)
            {
                ReadOnlySpan<float> values = new(data + (row * step[1]) + (i * step[2]), columns);
                for (int column = 0; column < columns; column++)
                {
                    sums[((i % matrices) * columns) + column] += (double)values[column] * values[column];
                }
            }
        }

        Entries[name] = (sums, count + (size[1] * size[2] / matrices));
    }

    private static string Text(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? "";

    /// <summary>Fields of ggml_tensor; a name at the wrong place would match no weight.</summary>
    private static class Tensor
    {
        public static ReadOnlySpan<long> Size(nint tensor) => new((void*)(tensor + 16), 4);

        public static ReadOnlySpan<long> Step(nint tensor) => new((void*)(tensor + 48), 4);

        public static nint Source(nint tensor, int index) => *(nint*)(tensor + 152 + (index * sizeof(nint)));
    }
}
