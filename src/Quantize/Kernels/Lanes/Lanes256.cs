using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ModelPack.Quantize.Kernels.Lanes;

/// <summary>Sixteen lanes in two 256-bit registers: AVX2.</summary>
internal readonly struct Lanes256(Vector256<float> a, Vector256<float> b) : ILanes<Lanes256>
{
    private readonly Vector256<float> _a = a;
    private readonly Vector256<float> _b = b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Create(float value)
    {
        Vector256<float> all = Vector256.Create(value);
        return new(all, all);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Load(ref readonly float source) =>
        new(Vector256.LoadUnsafe(in source), Vector256.LoadUnsafe(in source, 8));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator +(Lanes256 left, Lanes256 right) =>
        new(left._a + right._a, left._b + right._b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator -(Lanes256 left, Lanes256 right) =>
        new(left._a - right._a, left._b - right._b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator *(Lanes256 left, Lanes256 right) =>
        new(left._a * right._a, left._b * right._b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator /(Lanes256 left, Lanes256 right) =>
        new(left._a / right._a, left._b / right._b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator -(Lanes256 value) =>
        new(-value._a, -value._b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator &(Lanes256 left, Lanes256 right) =>
        new(left._a & right._a, left._b & right._b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator |(Lanes256 left, Lanes256 right) =>
        new(left._a | right._a, left._b | right._b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 AndNot(Lanes256 left, Lanes256 right) =>
        new(Vector256.AndNot(left._a, right._a), Vector256.AndNot(left._b, right._b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Abs(Lanes256 value) =>
        new(Vector256.Abs(value._a), Vector256.Abs(value._b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Sqrt(Lanes256 value) =>
        new(Vector256.Sqrt(value._a), Vector256.Sqrt(value._b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Max(Lanes256 left, Lanes256 right) =>
        new(Vector256.MaxNative(left._a, right._a), Vector256.MaxNative(left._b, right._b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Min(Lanes256 left, Lanes256 right) =>
        new(Vector256.MinNative(left._a, right._a), Vector256.MinNative(left._b, right._b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 GreaterThan(Lanes256 left, Lanes256 right) =>
        new(Vector256.GreaterThan(left._a, right._a), Vector256.GreaterThan(left._b, right._b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 EqualTo(Lanes256 left, Lanes256 right) =>
        new(Vector256.Equals(left._a, right._a), Vector256.Equals(left._b, right._b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Select(Lanes256 mask, Lanes256 yes, Lanes256 no) =>
        new(
            Vector256.ConditionalSelect(mask._a, yes._a, no._a),
            Vector256.ConditionalSelect(mask._b, yes._b, no._b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Nearest(Lanes256 value) =>
        new(Nearest(value._a), Nearest(value._b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 NearestSmall(Lanes256 value)
    {
        Vector256<float> magic = Vector256.Create(Rounding.Magic);
        return new(value._a + magic - magic, value._b + magic - magic);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Bits(Lanes256 mask) =>
        mask._a.ExtractMostSignificantBits()
        | (mask._b.ExtractMostSignificantBits() << 8);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Any(Lanes256 mask) =>
        (mask._a | mask._b).ExtractMostSignificantBits() != 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool All(Lanes256 mask) =>
        (mask._a & mask._b).ExtractMostSignificantBits() == 0xFF;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Peak(Lanes256 value)
    {
        Vector256<float> eight = Vector256.MaxNative(value._a, value._b);
        Vector128<float> four = Vector128.MaxNative(eight.GetLower(), eight.GetUpper());
        return Lanes128.Peak(four);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Trough(Lanes256 value)
    {
        Vector256<float> eight = Vector256.MinNative(value._a, value._b);
        Vector128<float> four = Vector128.MinNative(eight.GetLower(), eight.GetUpper());
        return Lanes128.Trough(four);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 LowByte(Lanes256 value) =>
        new(LowByte(value._a), LowByte(value._b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> ToBytes(Lanes256 value)
    {
        Vector256<short> shorts = Vector256.Narrow(
            Vector256.ConvertToInt32Native(value._a), Vector256.ConvertToInt32Native(value._b));
        return Vector128.Narrow(shorts.GetLower(), shorts.GetUpper()).AsByte();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(ref float target)
    {
        _a.StoreUnsafe(ref target);
        _b.StoreUnsafe(ref target, 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Nearest(Vector256<float> value)
    {
        Vector256<int> bits = (value + Vector256.Create(Rounding.Magic)).AsInt32();
        Vector256<int> integer = (bits & Vector256.Create(Rounding.Mantissa)) - Vector256.Create(Rounding.Middle);
        return Vector256.ConvertToSingle(integer);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> LowByte(Vector256<float> value) =>
        Vector256.ConvertToSingle(Vector256.ConvertToInt32Native(value) & Vector256.Create(0xFF));
}
