using System.Runtime.Intrinsics;
using ModelPack.Quantize.Kernels;
using ModelPack.Quantize.Kernels.Lanes;

namespace ModelPack.Tests.Quantize.Kernels.Lanes;

/// <summary>Every width does in each lane what scalar code does.</summary>
public sealed class LanesTests
{
    private static readonly float[] Left = [0, -0f, 1, -1, 0.5f, 1.5f, 2.5f, -2.5f, 3e38f, -3e38f, 1e-40f, 7, 126.5f, -127.5f, 31, 1e9f];
    private static readonly float[] Right = [0, 1, 3, -1, 0.25f, 3, -7, 2.5f, 3e38f, 1, 1e-40f, -7, 2, 0.1f, 33, -0f];

    [Fact]
    public void Four_registers_of_128_bits_agree_with_scalars() => AssertAgrees<Lanes128>();

    [Fact]
    public void Two_registers_of_256_bits_agree_with_scalars() => AssertAgrees<Lanes256>();

    [Fact]
    public void One_register_of_512_bits_agrees_with_scalars() => AssertAgrees<Lanes512>();

    private static void AssertAgrees<TLanes>()
        where TLanes : struct, ILanes<TLanes>
    {
        TLanes a = TLanes.Load(in Left[0]);
        TLanes b = TLanes.Load(in Right[0]);
        AssertLanes(a + b, static (x, y) => x + y);
        AssertLanes(a - b, static (x, y) => x - y);
        AssertLanes(a * b, static (x, y) => x * y);
        AssertLanes(a / b, static (x, y) => x / y);
        AssertLanes(-a, static (x, _) => -x);
        AssertLanes(TLanes.Abs(a), static (x, _) => MathF.Abs(x));
        AssertLanes(TLanes.Sqrt(TLanes.Abs(a)), static (x, _) => MathF.Sqrt(MathF.Abs(x)));
        AssertLanes(TLanes.Create(3), static (_, _) => 3);
        AssertLanes(TLanes.Nearest(a), static (x, _) => Rounding.Nearest(x));
        AssertLanes(TLanes.Select(TLanes.GreaterThan(a, b), a, b), static (x, y) => x > y ? x : y);
        AssertLanes(TLanes.AndNot(a, TLanes.EqualTo(a, b)), static (x, y) => x == y ? 0 : x);
        AssertLanes(a & TLanes.EqualTo(a, b), static (x, y) => x == y ? x : 0);
        AssertLanes(TLanes.EqualTo(a, b) & a | TLanes.AndNot(b, TLanes.EqualTo(a, b)), static (x, y) => x == y ? x : y);
        Assert.True(TLanes.All(TLanes.EqualTo(a, a)));
        Assert.False(TLanes.Any(TLanes.GreaterThan(a, a)));
        Assert.Equal(3e38f, TLanes.Peak(a));
        Assert.Equal(-3e38f, TLanes.Trough(a));
        for (int lane = 0; lane < 16; lane++)
        {
            float[] single = new float[16];
            single[lane] = lane % 2 == 0 ? 5 : -5;
            TLanes one = TLanes.Load(in single[0]);
            Assert.Equal(1u << lane, TLanes.Bits(TLanes.EqualTo(TLanes.Abs(one), TLanes.Create(5))));
            Assert.True(TLanes.Any(TLanes.EqualTo(TLanes.Abs(one), TLanes.Create(5))));
            Assert.False(TLanes.All(TLanes.EqualTo(one, TLanes.Create(0))));
            Assert.Equal(lane % 2 == 0 ? 5 : 0, TLanes.Peak(one));
            Assert.Equal(lane % 2 == 0 ? 0 : -5, TLanes.Trough(one));
        }
    }

    [Fact]
    public void Small_values_round_to_even_and_truncate_to_bytes_in_every_width()
    {
        float[] values = [0, 0.5f, -0.5f, 1.5f, -1.5f, 2.4999998f, 126.5f, -126.5f, 127.4f, -127.9f, 255, 254.99f, 3, -3, 0.99f, -0.99f];
        AssertSmall<Lanes128>(values);
        AssertSmall<Lanes256>(values);
        AssertSmall<Lanes512>(values);
    }

    private static void AssertSmall<TLanes>(float[] values)
        where TLanes : struct, ILanes<TLanes>
    {
        TLanes lanes = TLanes.Load(in values[0]);
        float[] rounded = new float[16];
        TLanes.NearestSmall(lanes).Store(ref rounded[0]);
        float[] low = new float[16];
        TLanes.LowByte(TLanes.NearestSmall(lanes)).Store(ref low[0]);
        Vector128<byte> bytes = TLanes.ToBytes(lanes);
        for (int lane = 0; lane < 16; lane++)
        {
            Assert.Equal(MathF.Round(values[lane], MidpointRounding.ToEven), rounded[lane]);
            Assert.Equal(unchecked((byte)(int)values[lane]), bytes[lane]);
            Assert.Equal(unchecked((byte)(int)rounded[lane]), low[lane]);
        }
    }

    private static void AssertLanes<TLanes>(TLanes actual, Func<float, float, float> expected)
        where TLanes : struct, ILanes<TLanes>
    {
        float[] got = new float[16];
        actual.Store(ref got[0]);
        for (int lane = 0; lane < 16; lane++)
        {
            float want = expected(Left[lane], Right[lane]);
            Assert.True(
                float.IsNaN(want) ? float.IsNaN(got[lane]) : want == got[lane],
                $"lane {lane}: expected {want:R}, got {got[lane]:R}");
        }
    }
}
