using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ModelPack.Quantize.Kernels.KLanes;

/// <summary>Sixteen lanes in one 512-bit register: AVX-512.</summary>
internal readonly unsafe struct Wide512(Vector512<float> a) : IWide<Wide512>
{
    private readonly Vector512<float> _a = a;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Wide512 Create(float value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Wide512 Load(float* source) =>
        new(Vector512.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* target)
    {
        _a.Store(target);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Wide512 operator +(Wide512 left, Wide512 right) =>
        new(left._a + right._a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Wide512 operator -(Wide512 left, Wide512 right) =>
        new(left._a - right._a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Wide512 operator *(Wide512 left, Wide512 right) =>
        new(left._a * right._a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Wide512 operator /(Wide512 left, Wide512 right) =>
        new(left._a / right._a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Wide512 operator &(Wide512 left, Wide512 right) =>
        new(left._a & right._a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Wide512 Abs(Wide512 value) =>
        new(Vector512.Abs(value._a));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Wide512 Sqrt(Wide512 value) =>
        new(Vector512.Sqrt(value._a));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Wide512 Max(Wide512 left, Wide512 right) =>
        new(Vector512.MaxNative(left._a, right._a));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Wide512 Min(Wide512 left, Wide512 right) =>
        new(Vector512.MinNative(left._a, right._a));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Wide512 GreaterThan(Wide512 left, Wide512 right) =>
        new(Vector512.GreaterThan(left._a, right._a));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Wide512 LessThan(Wide512 left, Wide512 right) =>
        new(Vector512.LessThan(left._a, right._a));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Wide512 EqualTo(Wide512 left, Wide512 right) =>
        new(Vector512.Equals(left._a, right._a));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Wide512 Except(Wide512 left, Wide512 right) =>
        new(Vector512.AndNot(left._a, right._a));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Wide512 Select(Wide512 mask, Wide512 yes, Wide512 no) =>
        new(Vector512.ConditionalSelect(mask._a, yes._a, no._a));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Any(Wide512 mask) =>
        mask._a.ExtractMostSignificantBits() != 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool All(Wide512 mask) =>
        mask._a.ExtractMostSignificantBits() == 0xFFFF;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Wide512 Nearest(Wide512 value) =>
        new(Nearest(value._a));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Wide512 LowByte(Wide512 value) =>
        new(LowByte(value._a));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> ToBytes(Wide512 value)
    {
        Vector512<int> whole = Vector512.ConvertToInt32Native(value._a);
        Vector256<short> shorts = Vector256.Narrow(whole.GetLower(), whole.GetUpper());
        return Vector128.Narrow(shorts.GetLower(), shorts.GetUpper()).AsByte();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Nearest(Vector512<float> value)
    {
        Vector512<int> bits = (value + Vector512.Create(NearestInt.Magic)).AsInt32();
        return Vector512.ConvertToSingle((bits & Vector512.Create(0x007fffff)) - Vector512.Create(0x00400000));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> LowByte(Vector512<float> value) =>
        Vector512.ConvertToSingle(Vector512.ConvertToInt32Native(value) & Vector512.Create(0xff));
}
