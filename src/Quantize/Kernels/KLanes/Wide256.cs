using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ModelPack.Quantize.Kernels.KLanes;

/// <summary>Sixteen lanes in two 256-bit registers: AVX2.</summary>
internal readonly unsafe struct Wide256(Vector256<float> a, Vector256<float> b) : IWide<Wide256>
{
    private readonly Vector256<float> _a = a;
    private readonly Vector256<float> _b = b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Wide256 Create(float value)
    {
        Vector256<float> all = Vector256.Create(value);
        return new(all, all);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Wide256 Load(float* source) =>
        new(Vector256.Load(source), Vector256.Load(source + 8));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* target)
    {
        _a.Store(target);
        _b.Store(target + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Wide256 operator +(Wide256 left, Wide256 right) =>
        new(left._a + right._a, left._b + right._b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Wide256 operator -(Wide256 left, Wide256 right) =>
        new(left._a - right._a, left._b - right._b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Wide256 operator *(Wide256 left, Wide256 right) =>
        new(left._a * right._a, left._b * right._b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Wide256 operator /(Wide256 left, Wide256 right) =>
        new(left._a / right._a, left._b / right._b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Wide256 operator &(Wide256 left, Wide256 right) =>
        new(left._a & right._a, left._b & right._b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Wide256 Abs(Wide256 value) =>
        new(Vector256.Abs(value._a), Vector256.Abs(value._b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Wide256 Sqrt(Wide256 value) =>
        new(Vector256.Sqrt(value._a), Vector256.Sqrt(value._b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Wide256 Max(Wide256 left, Wide256 right) =>
        new(Vector256.MaxNative(left._a, right._a), Vector256.MaxNative(left._b, right._b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Wide256 Min(Wide256 left, Wide256 right) =>
        new(Vector256.MinNative(left._a, right._a), Vector256.MinNative(left._b, right._b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Wide256 GreaterThan(Wide256 left, Wide256 right) =>
        new(Vector256.GreaterThan(left._a, right._a), Vector256.GreaterThan(left._b, right._b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Wide256 LessThan(Wide256 left, Wide256 right) =>
        new(Vector256.LessThan(left._a, right._a), Vector256.LessThan(left._b, right._b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Wide256 EqualTo(Wide256 left, Wide256 right) =>
        new(Vector256.Equals(left._a, right._a), Vector256.Equals(left._b, right._b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Wide256 Except(Wide256 left, Wide256 right) =>
        new(Vector256.AndNot(left._a, right._a), Vector256.AndNot(left._b, right._b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Wide256 Select(Wide256 mask, Wide256 yes, Wide256 no) =>
        new(Vector256.ConditionalSelect(mask._a, yes._a, no._a), Vector256.ConditionalSelect(mask._b, yes._b, no._b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Any(Wide256 mask) =>
        (mask._a | mask._b).ExtractMostSignificantBits() != 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool All(Wide256 mask) =>
        (mask._a & mask._b).ExtractMostSignificantBits() == 0xFF;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Wide256 Nearest(Wide256 value) =>
        new(Nearest(value._a), Nearest(value._b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Wide256 LowByte(Wide256 value) =>
        new(LowByte(value._a), LowByte(value._b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> ToBytes(Wide256 value)
    {
        Vector256<short> shorts = Vector256.Narrow(
            Vector256.ConvertToInt32Native(value._a), Vector256.ConvertToInt32Native(value._b));
        return Vector128.Narrow(shorts.GetLower(), shorts.GetUpper()).AsByte();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Nearest(Vector256<float> value)
    {
        Vector256<int> bits = (value + Vector256.Create(NearestInt.Magic)).AsInt32();
        return Vector256.ConvertToSingle((bits & Vector256.Create(0x007fffff)) - Vector256.Create(0x00400000));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> LowByte(Vector256<float> value) =>
        Vector256.ConvertToSingle(Vector256.ConvertToInt32Native(value) & Vector256.Create(0xff));
}
