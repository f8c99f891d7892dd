using System.Globalization;
using System.Text.RegularExpressions;

namespace ModelPack.Tests.Quantize.Mixtures;

/// <summary>One file of llama.cpp's own type snapshots: for each preset the default type and every exception.</summary>
/// <param name="Header">Hyperparameters of the comment: n_layer, n_head, n_head_kv, n_expert.</param>
/// <param name="Sections">By preset name in lower case.</param>
internal sealed partial record PresetSchema(
    IReadOnlyDictionary<string, int> Header, IReadOnlyDictionary<string, PresetSchema.Section> Sections)
{
    /// <param name="Default">Type of all tensors but the exceptions.</param>
    /// <param name="Exceptions">Type by GGUF name.</param>
    internal sealed record Section(string Default, IReadOnlyDictionary<string, string> Exceptions);

    public static PresetSchema Read(string path)
    {
        Dictionary<string, int> header = [];
        Dictionary<string, Section> sections = [];
        Dictionary<string, string> exceptions = [];
        foreach (string line in File.ReadLines(path).Where(static l => l.Length > 0))
        {
            if (line[0] == '#')
            {
                foreach (Match match in Hyperparameter().Matches(line))
                {
                    header[match.Groups[1].Value] = int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture);
                }
            }
            else if (line[0] == '[')
            {
                string[] parts = line[1..].Split("] ");
                exceptions = [];
                sections.Add(parts[0].ToLowerInvariant(), new(parts[1].ToUpperInvariant(), exceptions));
            }
            else
            {
                string[] parts = line.Split(' ');
                exceptions.Add(parts[0], parts[1].ToUpperInvariant());
            }
        }

        return new(header, sections);
    }

    /// <summary>Names of all quantizable tensors that are no stack of experts, in visiting order.</summary>
    /// <remarks>The MXFP4_MOE section has all of them as exceptions: only stacks get its default.</remarks>
    public IReadOnlyList<string> DenseNames => [.. Sections["mxfp4_moe"].Exceptions.Keys];

    [GeneratedRegex("(n_[a-z_]+)=([0-9]+)")]
    private static partial Regex Hyperparameter();
}
