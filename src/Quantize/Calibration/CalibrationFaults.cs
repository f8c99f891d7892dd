using System.Globalization;
using ModelPack.Models;

namespace ModelPack.Quantize.Calibration;

/// <summary>Every way a calibration can go wrong. A member makes the exception; the caller throws it.</summary>
internal static class CalibrationFaults
{
    /// <summary>Share of rows that may hold a value that is not finite.</summary>
    public const double MostDropped = 0.01;

    public static ModelPackException NotFinite(LinearPlace place, int layer, long dropped, long all) => new(string.Create(
        CultureInfo.InvariantCulture,
        $"layer {layer}, {place}: {dropped} of {all} rows hold values that are not finite ({100.0 * dropped / all:F1} %); "
        + $"expected at most {100 * MostDropped:F0} %, as statistics of the others would not be those of the model"));

    public static ArgumentException OtherWidth(LinearInput input, int width) =>
        new($"{input.Place} of layer {input.Layer} is {width} wide in one run and {input.Width} in another");

    public static InvalidCheckpointException BrokenState(string file, string what) =>
        new($"{file}: {what}; delete the folder, or run without --resume");

    public static ModelPackException CannotWrite(string path, Exception cause) =>
        new($"{path}: cannot write: {cause.Message.TrimEnd('.')}", cause);

    public static ModelPackException NothingSeen() => new("no input of a linear layer was seen; expected at least one window of tokens");
}
