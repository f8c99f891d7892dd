using System.Globalization;

namespace ModelPack.Packaging.NuGet;

/// <summary>A run of bytes of a file, as an entry of a part.</summary>
/// <param name="File">Which file of the model, from 0.</param>
/// <param name="Number">Which run of the file, from 1.</param>
/// <param name="Part">Which part, from 1.</param>
/// <param name="Offset">Where it starts in the file.</param>
/// <param name="Bytes">Its length.</param>
internal sealed record PackageSlice(int File, int Number, int Part, long Offset, long Bytes)
{
    /// <summary>The folder of a part that holds slices.</summary>
    public const string Folder = "part";

    /// <summary>Name of the entry's file: short, and the same on every system, whatever the model's file is called.</summary>
    public string Name => string.Create(CultureInfo.InvariantCulture, $"{File + 1:D5}-{Number:D3}.bin");

    /// <summary>Path of the entry.</summary>
    public string Entry => $"{Folder}/{Name}";
}
