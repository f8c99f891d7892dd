using ModelPack.Models;
using ModelPack.Packaging.Registries;

namespace ModelPack.Packaging.NuGet;

/// <summary>What can be wrong with packages for NuGet.</summary>
internal static class NuGetFaults
{
    public static InvalidPackageException BadId(string id, string why) =>
        new($"package id '{id}': {why}; it is made of --name and --variant");

    public static InvalidPackageException TooLarge(string entry, int entries, long bytes) =>
        new($"{entry}: entry {entries} at {bytes} bytes; a package holds {ushort.MaxValue - 1} entries and less than 4 GiB: smaller parts fit");

    public static ModelPackException BadPartSize(long bytes) =>
        new($"{bytes} bytes; expected {NuGetPackOptions.SmallestPart >> 20}MiB to {NuGetPackOptions.LargestPart >> 20}MiB");

    public static ModelPackException PartTooSmall(string id, long partBytes, long overhead) =>
        new($"{id}: license texts and records take {overhead} of the {partBytes} bytes of a part; expected half at most: raise --part-size");

    public static ModelPackException TooManyParts(string id, long parts, long bytes) =>
        new($"{id}: {parts} parts for {bytes} bytes; expected {NuGetId.MaxParts} at most: raise --part-size, or publish to an OCI registry");

    public static ModelPackException Changed(string path, string why) =>
        new($"{path}: changed while it was packed: {why}");

    public static ModelPackException LongText(string path, long bytes, long limit) =>
        new($"{path}: {bytes} bytes; a license text that goes into every part has {limit} at most");

    public static ModelPackException IsThere(string path) =>
        new($"{path}: is there with other content; expected a new version, or --overwrite");

    public static InvalidPackageException Unreadable(string path, string why, Exception? cause = null) => new($"{path}: no package that can be read: {why}", cause);

    public static InvalidPackageException NotOurs(string path) =>
        new($"{path}: neither a model's package nor a part of one; expected what 'modelpack pack --as nuget' writes");

    public static InvalidPackageException PartMissing(string path, string part) =>
        new($"{path}: needs {part}, which is not among the files; nothing was sent");

    public static InvalidPackageException PartDamaged(string path, string part) =>
        new($"{part}: is not the part that {path} was packed with; nothing was sent: pack again");

    public static InvalidPackageException PartWithoutModel(string path) =>
        new($"{path}: a part without its model's package among the files; nothing was sent");

    public static RegistryException OtherContent(string feed, string package) =>
        new($"{feed}: {package} is there with other content; a version does not change: expected a new one");
}
