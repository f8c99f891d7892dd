using System.CommandLine;
using ModelPack.Cli.Commands;
using ModelPack.Packaging.Layouts;
using ModelPack.Packaging.Registries;
using ModelPack.Packaging.Registries.Profiles;
using ModelPack.Packaging.S3;
using ModelPack.Packaging.Transfers;

namespace ModelPack.Cli.Packages;

/// <summary>The options of commands that speak with registries, and what REF means; a fresh one for each command.</summary>
internal sealed class RegistryArguments
{
    /// <summary>Folder of a layout that keeps how far its uploads are.</summary>
    private const string UploadFolder = ".uploads";

    private readonly Option<bool> _plainHttp = new("--plain-http") { Description = "Speak plain http with the registry; this machine is spoken to so without it." };
    private readonly Option<string?> _caFile = new("--ca-file") { Description = "Certificates to trust besides the system's (PEM).", HelpName = "FILE" };

    private readonly Option<string[]> _trusted = new("--trust-realm")
    {
        Description = "Host of another domain that may be sent the password when the registry names it as token server; repeatable.",
        HelpName = "HOST",
    };

    private readonly Option<string?> _chunk = new("--chunk-size")
    {
        Description = "Blobs above this size go in chunks, after each of which an upload can go on. Without it the blob's size and the kind of registry decide.",
        HelpName = "SIZE",
    };

    private readonly Option<string?> _profile = new("--registry-profile")
    {
        Description = "Kind of registry, where its host does not tell: artifactory, harbor, quay and others, or unknown.",
        HelpName = "NAME",
    };

    private readonly Option<string?> _s3Endpoint = new("--s3-endpoint")
    {
        Description = "Address of a service that speaks S3, for s3:// references; AWS_ENDPOINT_URL_S3 says it too.",
        HelpName = "URL",
    };

    private readonly Option<string?> _mountFrom = new("--mount-from") { Description = "Repository of the same registry that may hold the files already.", HelpName = "REPOSITORY" };

    private readonly Option<bool> _force = new("--force") { Description = "Change what a release's tag names, or move a channel back." };

    /// <summary>A fresh "--json".</summary>
    public Option<bool> Json { get; } = Terminal.CommonOptions.Json();

    /// <param name="command">Gets the options.</param>
    /// <param name="writes">Whether it pushes packages.</param>
    /// <param name="json">Whether its result may be one JSON document.</param>
    public void AddTo(Command command, bool writes, bool json = true)
    {
        Option[] reading = [_plainHttp, _caFile, _trusted, _s3Endpoint];
        foreach (Option option in writes ? (Option[])[_force, _mountFrom, _chunk, _profile, .. reading] : reading)
        {
            command.Add(option);
        }

        if (json)
        {
            command.Add(Json);
        }
    }

    public bool Force(ParseResult parsed) => parsed.GetValue(_force);

    /// <summary>How to speak with registries.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="layout">Layout that is pushed; null for none.</param>
    /// <exception cref="UsageException">A value cannot be read.</exception>
    public RegistryOptions Read(ParseResult parsed, string? layout = null) => new()
    {
        PlainHttp = parsed.GetValue(_plainHttp),
        CaFile = parsed.GetValue(_caFile) is { } file ? ModelArguments.RequirePath(file, "--ca-file") : null,
        TrustedRealms = parsed.GetValue(_trusted) ?? [],
        ChunkBytes = parsed.GetValue(_chunk) is { } size ? UsageException.Guard("--chunk-size", () => ByteSize.Parse(size)) : null,
        Profile = parsed.GetValue(_profile) is { } name ? UsageException.Guard("--registry-profile", () => RegistryProfile.Named(name)) : null,
        S3Endpoint = parsed.GetValue(_s3Endpoint) is not { } address ? null
            : Uri.TryCreate(address, UriKind.Absolute, out Uri? endpoint) && endpoint.Scheme is "http" or "https" ? endpoint
            : throw new UsageException($"--s3-endpoint: '{address}' is no web address"),
        MountFrom = parsed.GetValue(_mountFrom) is { } from ? UsageException.Guard("--mount-from", () => RegistryReference.Parse($"oci://localhost/{from}")).Repository : null,
        UploadFolder = layout is null ? null : Path.Combine(Path.GetFullPath(layout), UploadFolder),
        Credentials = CredentialStore.OfUser(),
    };

    /// <summary>Opens what a REF names: oci://HOST/REPOSITORY[:TAG], s3://BUCKET/PREFIX[:TAG], or LAYOUT[:TAG].</summary>
    /// <param name="text">The argument.</param>
    /// <param name="argument">Its name.</param>
    /// <param name="options">For registries.</param>
    /// <param name="create">Whether a layout may be made.</param>
    /// <returns>The store, and the tag or digest in it; null for none.</returns>
    /// <exception cref="UsageException">The text is no reference.</exception>
    public static (PackageStore Store, string? Target) Open(string text, string argument, RegistryOptions options, bool create = false)
    {
        if (S3Reference.IsOne(text))
        {
            S3Reference bucket = UsageException.Guard(argument, () => S3Reference.Parse(text));
            return (new S3Store(bucket, options), bucket.Target);
        }

        if (RegistryReference.IsOne(text))
        {
            RegistryReference reference = UsageException.Guard(argument, () => RegistryReference.Parse(text));
            return (new RegistryStore(reference, options), reference.Target);
        }

        (string folder, string? target) = Split(ModelArguments.RequirePath(text, argument));
        return (create ? LayoutStore.OpenOrCreate(folder) : LayoutStore.Open(folder), target);
    }

    /// <summary>The tag or digest of a REF, without opening what it names.</summary>
    /// <exception cref="UsageException">The text is no reference.</exception>
    public static string? TargetOf(string text, string argument) => S3Reference.IsOne(text) ? UsageException.Guard(argument, () => S3Reference.Parse(text)).Target
        : RegistryReference.IsOne(text) ? UsageException.Guard(argument, () => RegistryReference.Parse(text)).Target
        : Split(text).Target;

    private static (string Folder, string? Target) Split(string text)
    {
        int name = text.LastIndexOfAny(['/', '\\']) + 1;
        int at = text.IndexOf('@', name);
        int mark = at >= 0 ? at : text.IndexOf(':', name);
        return Directory.Exists(text) || mark <= name ? (text, null) : (text[..mark], text[(mark + 1)..]);
    }
}
