namespace ModelPack.Models.Checkpoints.Encodings;

/// <summary>Chooses the encoding that config.json names, and knows the names by which companions are recognized.</summary>
internal static class EncodingCatalog
{
    private const string Supported = "awq, compressed-tensors, fbgemm_fp8, fp8, gptq, modelopt (FP8), mxfp4";

    /// <summary>Endings that only quantized checkpoints of unsupported kinds have.</summary>
    private static readonly (string Part, bool Ending, string Encoding)[] Refused =
    [
        (".SCB", true, "bitsandbytes int8"),
        (".absmax", true, "bitsandbytes 4-bit"),
        (".biases", true, "MLX affine"),
        (".quant_map", true, "bitsandbytes 4-bit"),
        (".quant_state.", false, "bitsandbytes 4-bit"),
        (".qweight_type", true, "GGUF blocks in safetensors"),
        (".weight_global_scale", true, "NVFP4"),
        (".weight_scale_2", true, "NVFP4"),
    ];

    /// <summary>Endings of tensors that have no meaning without the weights they belong to.</summary>
    private static readonly string[] Companions =
    [
        ".g_idx",
        ".qweight",
        ".qzeros",
        ".scales",
        ".weight_g_idx",
        ".weight_packed",
        ".weight_scale",
        ".weight_shape",
        ".weight_zero_point",
        "_blocks",
        "_scale_inv",
        "_scales",
    ];

    private static readonly (string Ending, string Reason)[] Activations =
    [
        (".input_scale", "scale of activations"),
        (".input_zero_point", "scale of activations"),
        (".output_scale", "scale of activations"),
        (".activation_scale", "scale of activations"),
        ("_activation_scale", "scale of activations"),
        (".k_scale", "scale of the KV cache"),
        (".v_scale", "scale of the KV cache"),
        (".q_scale", "scale of the KV cache"),
        (".k_zero_point", "scale of the KV cache"),
        (".v_zero_point", "scale of the KV cache"),
        (".prob_scale", "scale of activations"),
        (".input_scale_ub", "bound of activations"),
    ];

    /// <summary>The encoding, or null where the weights are plain.</summary>
    /// <exception cref="UnsupportedModelException">An encoding that is not read.</exception>
    public static WeightEncoding? Of(ModelConfig config)
    {
        if (config.Section("quantization") is ModelConfig mlx && mlx.Has("group_size") && mlx.Has("bits"))
        {
            throw Unsupported("MLX affine quantization (config.json: quantization)");
        }

        ModelConfig? settings = config.Section("quantization_config") ?? config.Section("compression_config")
            ?? config.Section("text_config")?.Section("quantization_config");
        if (settings is null)
        {
            return null;
        }

        return settings.TextOrNull("quant_method") switch
        {
            "awq" => new AwqEncoding(settings),
            "compressed-tensors" => new CompressedTensorsEncoding(settings),
            "fbgemm_fp8" or "fp8" => new Fp8Encoding(settings),
            "gptq" => new GptqEncoding(settings),
            "modelopt" => settings.TextOrNull("quant_algo") is "FP8"
                ? new Fp8Encoding(settings)
                : throw Unsupported($"modelopt {Spelling.OneLine(settings.TextOrNull("quant_algo") ?? "without quant_algo")}"),
            "mxfp4" => new Mxfp4Encoding(),
            string method => throw Unsupported($"config.json: quantization_config.quant_method: {Spelling.OneLine(method)}"),
            null => throw Unsupported("config.json: quantization_config without quant_method"),
        };
    }

    /// <summary>Refuses a checkpoint whose tensor names give away an encoding that is not read.</summary>
    public static void RefuseByName(IEnumerable<string> names)
    {
        foreach (string name in names)
        {
            foreach ((string part, bool ending, string encoding) in Refused)
            {
                if (ending ? name.EndsWith(part, StringComparison.Ordinal) : name.Contains(part, StringComparison.Ordinal))
                {
                    throw Unsupported($"{encoding} weights ({Spelling.OneLine(name)})");
                }
            }
        }
    }

    /// <summary>Why a tensor changes no weight, or null for one that may.</summary>
    public static string? ReasonToDrop(string name)
    {
        foreach ((string ending, string reason) in Activations)
        {
            if (name.EndsWith(ending, StringComparison.Ordinal))
            {
                return reason;
            }
        }

        return null;
    }

    /// <summary>Refuses scales, zero points and other companions that no weight has claimed.</summary>
    public static void RefuseLeftovers(IReadOnlyList<string> names)
    {
        string[] left = [.. names.Where(static n => Companions.Any(c => n.EndsWith(c, StringComparison.Ordinal)))];
        if (left.Length > 0)
        {
            throw new InvalidCheckpointException(
                $"{Spelling.Some(left)}: belong to quantized weights that are not there or that config.json's quantization_config does not describe");
        }
    }

    internal static UnsupportedModelException Unsupported(string found) =>
        new($"{found}: not supported; supported encodings are {Supported}; use the unquantized checkpoint");
}
