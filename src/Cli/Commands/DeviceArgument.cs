using ModelPack.Runtime;

namespace ModelPack.Cli.Commands;

/// <summary>The value of --device: where a model runs.</summary>
internal static class DeviceArgument
{
    /// <summary>What a device may be called, for messages.</summary>
    public const string Expected = "auto, cpu, cuda or cuda:N";

    /// <summary>Reads a name, and tries a GPU that was asked for: one that is not there is found before anything is read.</summary>
    /// <exception cref="UsageException">The text names no device, or the GPU cannot be used.</exception>
    public static string Read(string text)
    {
        if (!RunnerDevice.IsName(text))
        {
            throw new UsageException($"--device: '{text}'; expected {Expected}");
        }

        if (text.StartsWith("cuda", StringComparison.Ordinal))
        {
            UsageException.Guard("--device", () => RunnerDevice.Prove(text));
        }

        return text;
    }
}
