namespace ModelPack.Models.Architectures;

/// <summary>Derives from a spec every tensor that a model of it has.</summary>
public static class DecoderTensors
{
    /// <summary>The tensors, outside the layers first, then layer by layer; the latent attention's kv_b in one piece.</summary>
    /// <remarks>Frequencies computed from the config (<see cref="TensorKind.RopeFactors"/>) are no part of a model.</remarks>
    public static IEnumerable<DecoderTensor> Of(DecoderSpec spec)
    {
        yield return new(new(TensorKind.Embedding), [spec.VocabularySize, spec.HiddenSize], "vocab_size, hidden_size");
        yield return new(new(TensorKind.OutputNorm), [spec.HiddenSize], "hidden_size");
        if (!spec.TiedEmbeddings)
        {
            yield return new(new(TensorKind.Head), [spec.VocabularySize, spec.HiddenSize], "vocab_size, hidden_size");
        }

        for (int i = 0; i < spec.Layers.Count; i++)
        {
            foreach ((TensorKind kind, bool bias, long[] shape, string keys) in OfLayer(spec.Layers[i], spec.HiddenSize))
            {
                yield return new(new(kind, i, null, bias), shape, keys);
            }
        }
    }

    private static IEnumerable<(TensorKind Kind, bool Bias, long[] Shape, string Keys)> OfLayer(LayerSpec layer, int hidden)
    {
        yield return (TensorKind.AttentionNorm, false, [hidden], "hidden_size");
        foreach (var tensor in layer.Attention switch
        {
            AttentionSpec.Grouped a => OfGrouped(a, hidden),
            AttentionSpec.Latent a => OfLatent(a, hidden),
            _ => throw new ArgumentException($"{layer.Attention.GetType()} has no tensors yet.", nameof(layer)),
        })
        {
            yield return tensor;
        }

        yield return (TensorKind.FeedForwardNorm, false, [hidden], "hidden_size");
        foreach (var tensor in layer.FeedForward switch
        {
            FeedForwardSpec.Dense f => OfDense(f, hidden),
            FeedForwardSpec.Experts f => OfExperts(f, hidden),
            _ => throw new ArgumentException($"{layer.FeedForward.GetType()} has no tensors yet.", nameof(layer)),
        })
        {
            yield return tensor;
        }
    }

    private static IEnumerable<(TensorKind, bool, long[], string)> OfGrouped(AttentionSpec.Grouped a, long hidden)
    {
        const string Query = "num_attention_heads × head_dim";
        const string KeyValue = "num_key_value_heads × head_dim";
        long query = (long)a.Heads * a.HeadSize;
        long keyValue = (long)a.KeyValueHeads * a.HeadSize;
        yield return (TensorKind.AttentionQuery, false, [query, hidden], $"{Query}, hidden_size");
        yield return (TensorKind.AttentionKey, false, [keyValue, hidden], $"{KeyValue}, hidden_size");
        yield return (TensorKind.AttentionValue, false, [keyValue, hidden], $"{KeyValue}, hidden_size");
        yield return (TensorKind.AttentionOutput, false, [hidden, query], $"hidden_size, {Query}");
        if (a.QueryKeyValueBias)
        {
            yield return (TensorKind.AttentionQuery, true, [query], Query);
            yield return (TensorKind.AttentionKey, true, [keyValue], KeyValue);
            yield return (TensorKind.AttentionValue, true, [keyValue], KeyValue);
        }

        if (a.OutputBias)
        {
            yield return (TensorKind.AttentionOutput, true, [hidden], "hidden_size");
        }

        if (a.QueryKeyNorm != QueryKeyNorm.None)
        {
            bool perHead = a.QueryKeyNorm == QueryKeyNorm.PerHead;
            yield return (TensorKind.AttentionQueryNorm, false, [perHead ? a.HeadSize : query], perHead ? "head_dim" : Query);
            yield return (TensorKind.AttentionKeyNorm, false, [perHead ? a.HeadSize : keyValue], perHead ? "head_dim" : KeyValue);
        }
    }

    private static IEnumerable<(TensorKind, bool, long[], string)> OfLatent(AttentionSpec.Latent a, long hidden)
    {
        const string Query = "num_attention_heads × (qk_nope_head_dim + qk_rope_head_dim)";
        long query = (long)a.Heads * (a.NopeSize + a.RopeSize);
        if (a.QueryRank is { } rank)
        {
            yield return (TensorKind.AttentionQueryDown, false, [rank, hidden], "q_lora_rank, hidden_size");
            yield return (TensorKind.AttentionQueryDownNorm, false, [rank], "q_lora_rank");
            yield return (TensorKind.AttentionQueryUp, false, [query, rank], $"{Query}, q_lora_rank");
        }
        else
        {
            yield return (TensorKind.AttentionQuery, false, [query, hidden], $"{Query}, hidden_size");
        }

        yield return (TensorKind.AttentionKeyValueDown, false, [a.KeyValueRank + a.RopeSize, hidden],
            "kv_lora_rank + qk_rope_head_dim, hidden_size");
        yield return (TensorKind.AttentionKeyValueDownNorm, false, [a.KeyValueRank], "kv_lora_rank");
        yield return (TensorKind.AttentionKeyValueUp, false, [(long)a.Heads * (a.NopeSize + a.ValueSize), a.KeyValueRank],
            "num_attention_heads × (qk_nope_head_dim + v_head_dim), kv_lora_rank");
        yield return (TensorKind.AttentionOutput, false, [hidden, (long)a.Heads * a.ValueSize],
            "hidden_size, num_attention_heads × v_head_dim");
    }

    private static IEnumerable<(TensorKind, bool, long[], string)> OfDense(FeedForwardSpec.Dense f, long hidden)
    {
        const string Size = "intermediate_size";
        yield return (TensorKind.FeedForwardGate, false, [f.Size, hidden], $"{Size}, hidden_size");
        yield return (TensorKind.FeedForwardUp, false, [f.Size, hidden], $"{Size}, hidden_size");
        yield return (TensorKind.FeedForwardDown, false, [hidden, f.Size], $"hidden_size, {Size}");
        if (f.Bias)
        {
            yield return (TensorKind.FeedForwardGate, true, [f.Size], Size);
            yield return (TensorKind.FeedForwardUp, true, [f.Size], Size);
            yield return (TensorKind.FeedForwardDown, true, [hidden], "hidden_size");
        }
    }

    private static IEnumerable<(TensorKind, bool, long[], string)> OfExperts(FeedForwardSpec.Experts f, long hidden)
    {
        const string Size = "expert size";
        yield return (TensorKind.Router, false, [f.Count, hidden], "expert count, hidden_size");
        if (f.Router.SelectionBias)
        {
            yield return (TensorKind.RouterBias, false, [f.Count], "expert count");
        }

        yield return (TensorKind.ExpertGate, false, [f.Count, f.Size, hidden], $"expert count, {Size}, hidden_size");
        yield return (TensorKind.ExpertUp, false, [f.Count, f.Size, hidden], $"expert count, {Size}, hidden_size");
        yield return (TensorKind.ExpertDown, false, [f.Count, hidden, f.Size], $"expert count, hidden_size, {Size}");
        if (f.SharedSize > 0)
        {
            yield return (TensorKind.SharedExpertGate, false, [f.SharedSize, hidden], "shared expert size, hidden_size");
            yield return (TensorKind.SharedExpertUp, false, [f.SharedSize, hidden], "shared expert size, hidden_size");
            yield return (TensorKind.SharedExpertDown, false, [hidden, f.SharedSize], "hidden_size, shared expert size");
        }
    }
}
