using System.Globalization;

namespace ModelPack.Models.Conversion;

/// <summary>general.size_label: "8B", "8x2.2M".</summary>
/// <remarks>Rules of llama.cpp's converter (gguf-py, utility.size_label): two digits at least, rounded half to even.</remarks>
public static class SizeLabel
{
    /// <summary>The label of a file with these tensors.</summary>
    public static string Of(IReadOnlyList<GgufModelTensor> tensors)
    {
        long rest = 0;
        long oneExpert = 0;
        long experts = 0;
        int stacks = 0;
        foreach (GgufModelTensor tensor in tensors)
        {
            if (IsStack(tensor))
            {
                oneExpert += tensor.Count / tensor.Experts;
                experts += tensor.Experts;
                stacks++;
            }
            else
            {
                rest += tensor.Count;
            }
        }

        string size = Round(rest + oneExpert);
        return stacks == 0 ? size : string.Create(CultureInfo.InvariantCulture, $"{experts / stacks}x{size}");
    }

    /// <summary>A count with two digits and K, M, B or T: 8_030_261_312 gives "8.0B", 30_532_122_624 "31B".</summary>
    public static string Round(long count)
    {
        (double scaled, char suffix) = count switch
        {
            >= 1_000_000_000_000 => (count * 1e-12, 'T'),
            >= 1_000_000_000 => (count * 1e-9, 'B'),
            >= 1_000_000 => (count * 1e-6, 'M'),
            _ => (count * 1e-3, 'K'),
        };
        int whole = (int)Math.Round(scaled, MidpointRounding.ToEven);
        int digits = whole == 0 ? 0 : whole.ToString(CultureInfo.InvariantCulture).Length;
        string format = digits >= 2 ? "F0" : digits == 1 ? "F1" : "F2";
        return scaled.ToString(format, CultureInfo.InvariantCulture) + suffix;
    }

    private static bool IsStack(GgufModelTensor tensor) =>
        tensor.Shape.Count == 3 && tensor.Name.Contains("_exps.", StringComparison.Ordinal);
}
