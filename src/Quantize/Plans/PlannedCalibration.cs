namespace ModelPack.Quantize.Plans;

/// <summary>The calibration that a planned run begins with; the fields are those of a dry run of "calibrate".</summary>
/// <param name="Data">Names of the files of text.</param>
/// <param name="Device">"cpu" or "cuda:0".</param>
/// <param name="DeviceReason">Why that device.</param>
/// <param name="Context">Tokens of a window.</param>
/// <param name="Windows">Number of windows.</param>
/// <param name="Tokens">Tokens of all windows.</param>
/// <param name="PeakMemory">Highest resident memory of the process that is expected, in bytes.</param>
/// <param name="SpilledBytes">Bytes of activations that go to files.</param>
public sealed record PlannedCalibration(
    IReadOnlyList<string> Data,
    string Device,
    string DeviceReason,
    int Context,
    int Windows,
    long Tokens,
    long PeakMemory,
    long SpilledBytes);
