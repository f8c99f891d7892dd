using System.Text.Json;
using System.Xml;
using ModelPack.Models;

namespace ModelPack.Cli.Licenses.Evidence;

/// <summary>What packages say of themselves: a nuspec, a Kitfile, the annotations of an OCI layout, the config of a pulled package.</summary>
internal static class PackageEvidence
{
    private const int MaxBytes = 1 << 20;
    private const string PackageConfig = ".modelpack/config.json";
    private const string Annotation = "org.opencontainers.image.licenses";

    public static void Read(string folder, SubjectEvidence evidence)
    {
        foreach (string path in Directory.EnumerateFiles(folder, "*.nuspec").Order(StringComparer.Ordinal).Take(8))
        {
            evidence.Declare(Path.GetFileName(path), Nuspec(path));
        }

        if (Start(Path.Combine(folder, "Kitfile")) is { } kitfile)
        {
            evidence.Declare("Kitfile", Kitfile(kitfile));
        }

        if (ConfigEvidence.ReadObject(folder, "index.json") is { } index)
        {
            Annotations(index, evidence);
        }

        if (ConfigEvidence.ReadObject(folder, PackageConfig) is { } config)
        {
            Package(config, evidence);
        }
    }

    // The config of a package in the CNCF ModelPack format, as 'modelpack pull' keeps it: every license is one that binds.
    private static void Package(JsonElement config, SubjectEvidence evidence)
    {
        if (config.TryGetProperty("descriptor", out JsonElement descriptor) && descriptor.ValueKind == JsonValueKind.Object)
        {
            evidence.Name(ConfigEvidence.Text(descriptor, "name"));
            string[] licenses = descriptor.TryGetProperty("licenses", out JsonElement list) && list.ValueKind == JsonValueKind.Array
                ? [.. list.EnumerateArray().Where(static l => l.ValueKind == JsonValueKind.String).Take(64).Select(static l => $"({l.GetString()})")]
                : [];
            evidence.Declare(PackageConfig, licenses.Length == 1 ? licenses[0][1..^1] : licenses.Length == 0 ? null : string.Join(" AND ", licenses));
        }
    }

    private static void Annotations(JsonElement index, SubjectEvidence evidence)
    {
        Declare(index);
        if (index.TryGetProperty("manifests", out JsonElement manifests) && manifests.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement manifest in manifests.EnumerateArray().Take(64).Where(static m => m.ValueKind == JsonValueKind.Object))
            {
                Declare(manifest);
            }
        }

        void Declare(JsonElement holder)
        {
            if (holder.TryGetProperty("annotations", out JsonElement all) && all.ValueKind == JsonValueKind.Object)
            {
                evidence.Declare("index.json", ConfigEvidence.Text(all, Annotation));
            }
        }
    }

    // One key of one mapping: "license:" directly below "package:".
    private static string? Kitfile(string text)
    {
        bool inPackage = false;
        foreach (string line in text.Split('\n').Select(static l => l.TrimEnd()))
        {
            if (line.Length > 0 && !char.IsWhiteSpace(line[0]) && line[0] != '#')
            {
                inPackage = line == "package:";
            }
            else if (inPackage && line.TrimStart().StartsWith("license:", StringComparison.Ordinal))
            {
                string value = line.TrimStart()["license:".Length..].Trim();
                int comment = value.IndexOf(" #", StringComparison.Ordinal);
                return (comment < 0 ? value : value[..comment]).Trim().Trim('"', '\'');
            }
        }

        return null;
    }

    private static string? Nuspec(string path)
    {
        if (Start(path) is not { } text)
        {
            return null;
        }

        try
        {
            using XmlReader reader = XmlReader.Create(
                new StringReader(text), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null });
            while (reader.Read())
            {
                if (reader is { NodeType: XmlNodeType.Element, LocalName: "license" } && reader.GetAttribute("type") == "expression")
                {
                    return reader.ReadElementContentAsString();
                }
            }

            return null;
        }
        catch (XmlException fault)
        {
            throw new ModelPackException($"{path}: no XML at line {fault.LineNumber}; its license was not read", fault);
        }
    }

    private static string? Start(string path)
    {
        if (!File.Exists(path) || !InputFile.HasContent(path))
        {
            return null;
        }

        return new FileInfo(path).Length > MaxBytes
            ? throw new ModelPackException($"{path}: larger than {ByteSize.Format(MaxBytes)}; its license was not read")
            : File.ReadAllText(path);
    }
}
