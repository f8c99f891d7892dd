using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ModelPack.Quantize.Kernels.KLanes;

/// <summary>Sixteen lanes in four 128-bit registers: SSE, NEON.</summary>
internal readonly unsafe struct Wide128(Vector128<float> a, Vector128<float> b, Vector128<float> c, Vector128<float> d) : IWide<Wide128>
{
    private readonly Vector128<float> _a = a;
    private readonly Vector128<float> _b = b;
    private readonly Vector128<float> _c = c;
    private readonly Vector128<float> _d = d;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Wide128 Create(float value)
    {
        Vector128<float> all = Vector128.Create(value);
        return new(all, all, all, all);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Wide128 Load(float* source) =>
        new(Vector128.Load(source), Vector128.Load(source + 4), Vector128.Load(source + 8), Vector128.Load(source + 12));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* target)
    {
        _a.Store(target);
        _b.Store(target + 4);
        _c.Store(target + 8);
        _d.Store(target + 12);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Wide128 operator +(Wide128 left, Wide128 right) =>
        new(left._a + right._a, left._b + right._b, left._c + right._c, left._d + right._d);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Wide128 operator -(Wide128 left, Wide128 right) =>
        new(left._a - right._a, left._b - right._b, left._c - right._c, left._d - right._d);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Wide128 operator *(Wide128 left, Wide128 right) =>
        new(left._a * right._a, left._b * right._b, left._c * right._c, left._d * right._d);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Wide128 operator /(Wide128 left, Wide128 right) =>
        new(left._a / right._a, left._b / right._b, left._c / right._c, left._d / right._d);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Wide128 operator &(Wide128 left, Wide128 right) =>
        new(left._a & right._a, left._b & right._b, left._c & right._c, left._d & right._d);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Wide128 Abs(Wide128 value) =>
        new(Vector128.Abs(value._a), Vector128.Abs(value._b), Vector128.Abs(value._c), Vector128.Abs(value._d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Wide128 Sqrt(Wide128 value) =>
        new(Vector128.Sqrt(value._a), Vector128.Sqrt(value._b), Vector128.Sqrt(value._c), Vector128.Sqrt(value._d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Wide128 Max(Wide128 left, Wide128 right) =>
        new(
        Vector128.MaxNative(left._a, right._a),
        Vector128.MaxNative(left._b, right._b),
        Vector128.MaxNative(left._c, right._c),
        Vector128.MaxNative(left._d, right._d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Wide128 Min(Wide128 left, Wide128 right) =>
        new(
        Vector128.MinNative(left._a, right._a),
        Vector128.MinNative(left._b, right._b),
        Vector128.MinNative(left._c, right._c),
        Vector128.MinNative(left._d, right._d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Wide128 GreaterThan(Wide128 left, Wide128 right) =>
        new(
        Vector128.GreaterThan(left._a, right._a),
        Vector128.GreaterThan(left._b, right._b),
        Vector128.GreaterThan(left._c, right._c),
        Vector128.GreaterThan(left._d, right._d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Wide128 LessThan(Wide128 left, Wide128 right) =>
        new(
        Vector128.LessThan(left._a, right._a),
        Vector128.LessThan(left._b, right._b),
        Vector128.LessThan(left._c, right._c),
        Vector128.LessThan(left._d, right._d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Wide128 EqualTo(Wide128 left, Wide128 right) =>
        new(
        Vector128.Equals(left._a, right._a),
        Vector128.Equals(left._b, right._b),
        Vector128.Equals(left._c, right._c),
        Vector128.Equals(left._d, right._d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Wide128 Except(Wide128 left, Wide128 right) =>
        new(
        Vector128.AndNot(left._a, right._a),
        Vector128.AndNot(left._b, right._b),
        Vector128.AndNot(left._c, right._c),
        Vector128.AndNot(left._d, right._d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Wide128 Select(Wide128 mask, Wide128 yes, Wide128 no) =>
        new(
        Vector128.ConditionalSelect(mask._a, yes._a, no._a),
        Vector128.ConditionalSelect(mask._b, yes._b, no._b),
        Vector128.ConditionalSelect(mask._c, yes._c, no._c),
        Vector128.ConditionalSelect(mask._d, yes._d, no._d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Any(Wide128 mask) =>
        (mask._a | mask._b | mask._c | mask._d).ExtractMostSignificantBits() != 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool All(Wide128 mask) =>
        (mask._a & mask._b & mask._c & mask._d).ExtractMostSignificantBits() == 0xF;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Wide128 Nearest(Wide128 value) =>
        new(Nearest(value._a), Nearest(value._b), Nearest(value._c), Nearest(value._d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Wide128 LowByte(Wide128 value) =>
        new(LowByte(value._a), LowByte(value._b), LowByte(value._c), LowByte(value._d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> ToBytes(Wide128 value)
    {
        Vector128<short> low = Vector128.Narrow(Vector128.ConvertToInt32Native(value._a), Vector128.ConvertToInt32Native(value._b));
        Vector128<short> high = Vector128.Narrow(Vector128.ConvertToInt32Native(value._c), Vector128.ConvertToInt32Native(value._d));
        return Vector128.Narrow(low, high).AsByte();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Nearest(Vector128<float> value)
    {
        Vector128<int> bits = (value + Vector128.Create(NearestInt.Magic)).AsInt32();
        return Vector128.ConvertToSingle((bits & Vector128.Create(0x007fffff)) - Vector128.Create(0x00400000));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> LowByte(Vector128<float> value) =>
        Vector128.ConvertToSingle(Vector128.ConvertToInt32Native(value) & Vector128.Create(0xff));
}
