using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ModelPack.Quantize.Kernels.Lanes;

/// <summary>Sixteen lanes in four 128-bit registers: SSE, NEON.</summary>
internal readonly struct Lanes128(Vector128<float> a, Vector128<float> b, Vector128<float> c, Vector128<float> d) : ILanes<Lanes128>
{
    private readonly Vector128<float> _a = a;
    private readonly Vector128<float> _b = b;
    private readonly Vector128<float> _c = c;
    private readonly Vector128<float> _d = d;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Create(float value)
    {
        Vector128<float> all = Vector128.Create(value);
        return new(all, all, all, all);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Load(ref readonly float source) =>
        new(
            Vector128.LoadUnsafe(in source),
            Vector128.LoadUnsafe(in source, 4),
            Vector128.LoadUnsafe(in source, 8),
            Vector128.LoadUnsafe(in source, 12));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 operator +(Lanes128 left, Lanes128 right) =>
        new(left._a + right._a, left._b + right._b, left._c + right._c, left._d + right._d);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 operator -(Lanes128 left, Lanes128 right) =>
        new(left._a - right._a, left._b - right._b, left._c - right._c, left._d - right._d);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 operator *(Lanes128 left, Lanes128 right) =>
        new(left._a * right._a, left._b * right._b, left._c * right._c, left._d * right._d);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 operator /(Lanes128 left, Lanes128 right) =>
        new(left._a / right._a, left._b / right._b, left._c / right._c, left._d / right._d);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 operator -(Lanes128 value) =>
        new(-value._a, -value._b, -value._c, -value._d);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 operator &(Lanes128 left, Lanes128 right) =>
        new(left._a & right._a, left._b & right._b, left._c & right._c, left._d & right._d);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 operator |(Lanes128 left, Lanes128 right) =>
        new(left._a | right._a, left._b | right._b, left._c | right._c, left._d | right._d);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 AndNot(Lanes128 left, Lanes128 right) =>
        new(
            Vector128.AndNot(left._a, right._a),
            Vector128.AndNot(left._b, right._b),
            Vector128.AndNot(left._c, right._c),
            Vector128.AndNot(left._d, right._d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Abs(Lanes128 value) =>
        new(
            Vector128.Abs(value._a),
            Vector128.Abs(value._b),
            Vector128.Abs(value._c),
            Vector128.Abs(value._d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Sqrt(Lanes128 value) =>
        new(
            Vector128.Sqrt(value._a),
            Vector128.Sqrt(value._b),
            Vector128.Sqrt(value._c),
            Vector128.Sqrt(value._d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Max(Lanes128 left, Lanes128 right) =>
        new(
            Vector128.MaxNative(left._a, right._a),
            Vector128.MaxNative(left._b, right._b),
            Vector128.MaxNative(left._c, right._c),
            Vector128.MaxNative(left._d, right._d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Min(Lanes128 left, Lanes128 right) =>
        new(
            Vector128.MinNative(left._a, right._a),
            Vector128.MinNative(left._b, right._b),
            Vector128.MinNative(left._c, right._c),
            Vector128.MinNative(left._d, right._d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 GreaterThan(Lanes128 left, Lanes128 right) =>
        new(
            Vector128.GreaterThan(left._a, right._a),
            Vector128.GreaterThan(left._b, right._b),
            Vector128.GreaterThan(left._c, right._c),
            Vector128.GreaterThan(left._d, right._d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 EqualTo(Lanes128 left, Lanes128 right) =>
        new(
            Vector128.Equals(left._a, right._a),
            Vector128.Equals(left._b, right._b),
            Vector128.Equals(left._c, right._c),
            Vector128.Equals(left._d, right._d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Select(Lanes128 mask, Lanes128 yes, Lanes128 no) =>
        new(
            Vector128.ConditionalSelect(mask._a, yes._a, no._a),
            Vector128.ConditionalSelect(mask._b, yes._b, no._b),
            Vector128.ConditionalSelect(mask._c, yes._c, no._c),
            Vector128.ConditionalSelect(mask._d, yes._d, no._d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Nearest(Lanes128 value) =>
        new(Nearest(value._a), Nearest(value._b), Nearest(value._c), Nearest(value._d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 NearestSmall(Lanes128 value)
    {
        Vector128<float> magic = Vector128.Create(Rounding.Magic);
        return new(
            value._a + magic - magic,
            value._b + magic - magic,
            value._c + magic - magic,
            value._d + magic - magic);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Bits(Lanes128 mask) =>
        mask._a.ExtractMostSignificantBits()
        | (mask._b.ExtractMostSignificantBits() << 4)
        | (mask._c.ExtractMostSignificantBits() << 8)
        | (mask._d.ExtractMostSignificantBits() << 12);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Any(Lanes128 mask) =>
        (mask._a | mask._b | mask._c | mask._d).ExtractMostSignificantBits() != 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool All(Lanes128 mask) =>
        (mask._a & mask._b & mask._c & mask._d).ExtractMostSignificantBits() == 0xF;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Peak(Lanes128 value) =>
        Peak(Vector128.MaxNative(Vector128.MaxNative(value._a, value._b), Vector128.MaxNative(value._c, value._d)));

    /// <summary>The greatest of four.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static float Peak(Vector128<float> four)
    {
        four = Vector128.MaxNative(four, Vector128.Shuffle(four, Vector128.Create(2, 3, 0, 1)));
        return Vector128.MaxNative(four, Vector128.Shuffle(four, Vector128.Create(1, 0, 3, 2))).ToScalar();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Trough(Lanes128 value) =>
        Trough(Vector128.MinNative(Vector128.MinNative(value._a, value._b), Vector128.MinNative(value._c, value._d)));

    /// <summary>The smallest of four.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static float Trough(Vector128<float> four)
    {
        four = Vector128.MinNative(four, Vector128.Shuffle(four, Vector128.Create(2, 3, 0, 1)));
        return Vector128.MinNative(four, Vector128.Shuffle(four, Vector128.Create(1, 0, 3, 2))).ToScalar();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 LowByte(Lanes128 value) =>
        new(LowByte(value._a), LowByte(value._b), LowByte(value._c), LowByte(value._d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> ToBytes(Lanes128 value)
    {
        Vector128<short> low = Vector128.Narrow(
            Vector128.ConvertToInt32Native(value._a), Vector128.ConvertToInt32Native(value._b));
        Vector128<short> high = Vector128.Narrow(
            Vector128.ConvertToInt32Native(value._c), Vector128.ConvertToInt32Native(value._d));
        return Vector128.Narrow(low, high).AsByte();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(ref float target)
    {
        _a.StoreUnsafe(ref target);
        _b.StoreUnsafe(ref target, 4);
        _c.StoreUnsafe(ref target, 8);
        _d.StoreUnsafe(ref target, 12);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Nearest(Vector128<float> value)
    {
        Vector128<int> bits = (value + Vector128.Create(Rounding.Magic)).AsInt32();
        Vector128<int> integer = (bits & Vector128.Create(Rounding.Mantissa)) - Vector128.Create(Rounding.Middle);
        return Vector128.ConvertToSingle(integer);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> LowByte(Vector128<float> value) =>
        Vector128.ConvertToSingle(Vector128.ConvertToInt32Native(value) & Vector128.Create(0xFF));
}
