using System.Globalization;

namespace ModelPack.Models.Gguf;

/// <summary>One immutable metadata value with its exact GGUF type.</summary>
/// <remarks>
/// Arrays hold one element type; an array of arrays holds <see cref="GgufValue"/>s of type <see cref="GgufValueType.Array"/>.
/// </remarks>
public sealed class GgufValue
{
    private readonly object _value;

    private GgufValue(GgufValueType type, object value) => (Type, _value) = (type, value);

    /// <summary>Type tag.</summary>
    public GgufValueType Type { get; }

    /// <summary>Element type of an array; null for anything else.</summary>
    public GgufValueType? ElementType { get; private init; }

    /// <summary>The value: byte … ulong, float, double, bool, string, or a typed array (byte[] … string[], GgufValue[]).</summary>
    public object Value => _value;

    /// <summary>Number of elements of an array; 1 for anything else.</summary>
    public int Count => _value is Array array ? array.Length : 1;

    public static GgufValue Of(byte value) => new(GgufValueType.UInt8, value);

    public static GgufValue Of(sbyte value) => new(GgufValueType.Int8, value);

    public static GgufValue Of(ushort value) => new(GgufValueType.UInt16, value);

    public static GgufValue Of(short value) => new(GgufValueType.Int16, value);

    public static GgufValue Of(uint value) => new(GgufValueType.UInt32, value);

    public static GgufValue Of(int value) => new(GgufValueType.Int32, value);

    public static GgufValue Of(float value) => new(GgufValueType.Float32, value);

    public static GgufValue Of(bool value) => new(GgufValueType.Bool, value);

    public static GgufValue Of(string value) => new(GgufValueType.String, value);

    public static GgufValue Of(ulong value) => new(GgufValueType.UInt64, value);

    public static GgufValue Of(long value) => new(GgufValueType.Int64, value);

    public static GgufValue Of(double value) => new(GgufValueType.Float64, value);

    /// <summary>An array; the element type follows from T (byte … double, bool, string, or GgufValue for nested arrays).</summary>
    /// <exception cref="ArgumentException">T is no GGUF type. The array is not copied: do not change it afterwards.</exception>
    public static GgufValue OfArray<T>(T[] values) =>
        new(GgufValueType.Array, values) { ElementType = ElementTypeOf(typeof(T)) };

    /// <summary>Reads any integer or bool type as a signed 64-bit number.</summary>
    /// <exception cref="InvalidCheckpointException">The value is no integer or does not fit.</exception>
    public long AsInteger() => _value switch
    {
        byte or sbyte or ushort or short or uint or int or long => Convert.ToInt64(_value, CultureInfo.InvariantCulture),
        ulong n when n <= long.MaxValue => (long)n,
        bool b => b ? 1 : 0,
        _ => throw new InvalidCheckpointException($"a value of type {Type} where an integer was expected"),
    };

    /// <summary>Reads any number as a double.</summary>
    /// <exception cref="InvalidCheckpointException">The value is no number.</exception>
    public double AsNumber() => _value switch
    {
        float f => f,
        double d => d,
        _ => AsInteger(),
    };

    /// <summary>Reads a string.</summary>
    /// <exception cref="InvalidCheckpointException">The value is no string.</exception>
    public string AsString() =>
        _value as string ?? throw new InvalidCheckpointException($"a value of type {Type} where a string was expected");

    /// <summary>Reads an array of strings.</summary>
    /// <exception cref="InvalidCheckpointException">The value is no array of strings.</exception>
    public IReadOnlyList<string> AsStrings() =>
        _value as string[] ?? throw new InvalidCheckpointException($"a value of type {Type} where an array of strings was expected");

    private static GgufValueType ElementTypeOf(Type type) =>
        type == typeof(byte) ? GgufValueType.UInt8
        : type == typeof(sbyte) ? GgufValueType.Int8
        : type == typeof(ushort) ? GgufValueType.UInt16
        : type == typeof(short) ? GgufValueType.Int16
        : type == typeof(uint) ? GgufValueType.UInt32
        : type == typeof(int) ? GgufValueType.Int32
        : type == typeof(float) ? GgufValueType.Float32
        : type == typeof(bool) ? GgufValueType.Bool
        : type == typeof(string) ? GgufValueType.String
        : type == typeof(ulong) ? GgufValueType.UInt64
        : type == typeof(long) ? GgufValueType.Int64
        : type == typeof(double) ? GgufValueType.Float64
        : type == typeof(GgufValue) ? GgufValueType.Array
        : throw new ArgumentException($"{type} is no GGUF element type.", nameof(type));
}
