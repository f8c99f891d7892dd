using ModelPack.Models.Checkpoints;

namespace ModelPack.Models.Architectures;

/// <summary>Reads rotary embedding in all the ways configs spell it.</summary>
/// <remarks>
/// rope_theta and rope_scaling at the root (transformers 4), or both inside rope_parameters (transformers 5), there maybe once a
/// kind of attention; the kind of scaling is "rope_type" or, older, "type".
/// </remarks>
internal static class RopeReader
{
    /// <summary>Reads the rotary embedding.</summary>
    /// <param name="config">Config.</param>
    /// <param name="dimensions">Rotated elements of a head.</param>
    /// <param name="layout">Order of the elements in the hub's weights.</param>
    /// <exception cref="InvalidCheckpointException">A number that makes no sense.</exception>
    /// <exception cref="UnsupportedModelException">A scaling that no supported architecture uses.</exception>
    public static RopeSpec Read(ModelConfig config, int dimensions, RopeLayout layout)
    {
        ModelConfig? section = config.Section("rope_parameters") ?? config.Section("rope_scaling");
        section = section?.Section("full_attention") ?? section;
        if (dimensions % 2 != 0)
        {
            throw config.Fault("head_dim", "an even number, as elements are rotated in pairs");
        }

        double theta = section?.PositiveOrNull("rope_theta") ?? config.PositiveOrNull("rope_theta") ?? 10000;
        return new(theta, dimensions, layout, section is null ? new RopeScaling.None() : Scaling(config, section));
    }

    private static RopeScaling Scaling(ModelConfig config, ModelConfig section)
    {
        string type = section.TextOrNull("rope_type") ?? section.TextOrNull("type") ?? "default";
        return type switch
        {
            "default" or "none" or "mrope" => new RopeScaling.None(),
            "linear" => new RopeScaling.Linear(Factor(section)),
            "dynamic" => new RopeScaling.Dynamic(Factor(section)),
            "yarn" => new RopeScaling.Yarn(
                Factor(section),
                OriginalContext(section) ?? config.Count("max_position_embeddings", int.MaxValue),
                section.PositiveOrNull("beta_fast"),
                section.PositiveOrNull("beta_slow"),
                section.NumberOrNull("extrapolation_factor"),
                section.PositiveOrNull("attention_factor") ?? section.PositiveOrNull("attn_factor"),
                section.NumberOrNull("mscale"),
                section.NumberOrNull("mscale_all_dim")),
            "llama3" => Llama3(section),
            _ => throw section.Unsupported(section.Has("rope_type") ? "rope_type" : "type", "default, linear, dynamic, yarn or llama3"),
        };
    }

    // llama.cpp's converter assumes 8192 trained positions whatever the section says; here, as in transformers, it decides.
    private static RopeScaling.Llama3 Llama3(ModelConfig section)
    {
        double low = section.PositiveOrNull("low_freq_factor") ?? 1;
        double high = section.PositiveOrNull("high_freq_factor") ?? 4;
        return low < high
            ? new(section.PositiveOrNull("factor") ?? 8, low, high, OriginalContext(section) ?? 8192)
            : throw section.Fault("high_freq_factor", $"more than low_freq_factor ({low})");
    }

    private static double Factor(ModelConfig section) =>
        section.PositiveOrNull("factor") ?? throw section.Fault("factor", "a number above 0");

    private static int? OriginalContext(ModelConfig section) =>
        section.CountOrNull("original_max_position_embeddings", int.MaxValue);
}
