using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ModelPack.Quantize.Kernels.Lanes;

/// <summary>Sixteen lanes in one 512-bit register: AVX-512; correct, though slow, without it.</summary>
internal readonly struct Lanes512(Vector512<float> a) : ILanes<Lanes512>
{
    private readonly Vector512<float> _a = a;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Create(float value)
    {
        Vector512<float> all = Vector512.Create(value);
        return new(all);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Load(ref readonly float source) =>
        new(Vector512.LoadUnsafe(in source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 operator +(Lanes512 left, Lanes512 right) =>
        new(left._a + right._a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 operator -(Lanes512 left, Lanes512 right) =>
        new(left._a - right._a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 operator *(Lanes512 left, Lanes512 right) =>
        new(left._a * right._a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 operator /(Lanes512 left, Lanes512 right) =>
        new(left._a / right._a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 operator -(Lanes512 value) =>
        new(-value._a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 operator &(Lanes512 left, Lanes512 right) =>
        new(left._a & right._a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 operator |(Lanes512 left, Lanes512 right) =>
        new(left._a | right._a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 AndNot(Lanes512 left, Lanes512 right) =>
        new(Vector512.AndNot(left._a, right._a));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Abs(Lanes512 value) =>
        new(Vector512.Abs(value._a));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Sqrt(Lanes512 value) =>
        new(Vector512.Sqrt(value._a));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Max(Lanes512 left, Lanes512 right) =>
        new(Vector512.MaxNative(left._a, right._a));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Min(Lanes512 left, Lanes512 right) =>
        new(Vector512.MinNative(left._a, right._a));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 GreaterThan(Lanes512 left, Lanes512 right) =>
        new(Vector512.GreaterThan(left._a, right._a));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 EqualTo(Lanes512 left, Lanes512 right) =>
        new(Vector512.Equals(left._a, right._a));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Select(Lanes512 mask, Lanes512 yes, Lanes512 no) =>
        new(Vector512.ConditionalSelect(mask._a, yes._a, no._a));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Nearest(Lanes512 value) =>
        new(Nearest(value._a));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 NearestSmall(Lanes512 value)
    {
        Vector512<float> magic = Vector512.Create(Rounding.Magic);
        return new(value._a + magic - magic);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Bits(Lanes512 mask) =>
        (uint)mask._a.ExtractMostSignificantBits();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Any(Lanes512 mask) =>
        mask._a.ExtractMostSignificantBits() != 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool All(Lanes512 mask) =>
        mask._a.ExtractMostSignificantBits() == 0xFFFF;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Peak(Lanes512 value) =>
        Lanes256.Peak(new(value._a.GetLower(), value._a.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Trough(Lanes512 value) =>
        Lanes256.Trough(new(value._a.GetLower(), value._a.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 LowByte(Lanes512 value) =>
        new(LowByte(value._a));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> ToBytes(Lanes512 value)
    {
        Vector512<int> integers = Vector512.ConvertToInt32Native(value._a);
        if (Avx512F.IsSupported)
        {
            return Avx512F.ConvertToVector128Byte(integers);
        }

        Vector256<short> shorts = Vector256.Narrow(integers.GetLower(), integers.GetUpper());
        return Vector128.Narrow(shorts.GetLower(), shorts.GetUpper()).AsByte();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(ref float target) => _a.StoreUnsafe(ref target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Nearest(Vector512<float> value)
    {
        Vector512<int> bits = (value + Vector512.Create(Rounding.Magic)).AsInt32();
        Vector512<int> integer = (bits & Vector512.Create(Rounding.Mantissa)) - Vector512.Create(Rounding.Middle);
        return Vector512.ConvertToSingle(integer);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> LowByte(Vector512<float> value) =>
        Vector512.ConvertToSingle(Vector512.ConvertToInt32Native(value) & Vector512.Create(0xFF));
}
