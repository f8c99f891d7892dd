using ModelPack.Models.Architectures;

namespace ModelPack.Tests.Models.Onnx.Export;

/// <summary>A decoder in double precision, one token after the other, written from the papers and not from the graph.</summary>
internal sealed class NaiveDecoder(DecoderSpec spec, Func<TensorRole, float[]> weights)
{
    private readonly List<(double[] Key, double[] Value)>[][] _cache =
        [.. spec.Layers.Select(static l => Enumerable.Range(0, l.Attention.Heads).Select(static _ => new List<(double[], double[])>()).ToArray())];

    /// <summary>Logits of every position.</summary>
    public float[] Logits(int[] tokens)
    {
        List<float> logits = [];
        float[] embedding = weights(new(TensorKind.Embedding));
        float[] head = spec.TiedEmbeddings ? embedding : weights(new(TensorKind.Head));
        for (int position = 0; position < tokens.Length; position++)
        {
            double[] x = [.. embedding.Skip(tokens[position] * spec.HiddenSize).Take(spec.HiddenSize).Select(static w => (double)w)];
            for (int layer = 0; layer < spec.Layers.Count; layer++)
            {
                double[] normed = Norm(x, new(TensorKind.AttentionNorm, layer));
                x = Add(x, spec.Layers[layer].Attention is AttentionSpec.Latent latent
                    ? Attend(normed, layer, position, latent)
                    : Attend(normed, layer, position, (AttentionSpec.Grouped)spec.Layers[layer].Attention));
                normed = Norm(x, new(TensorKind.FeedForwardNorm, layer));
                x = Add(x, spec.Layers[layer].FeedForward is FeedForwardSpec.Experts experts
                    ? Route(normed, layer, experts)
                    : Gated(normed, layer, null, TensorKind.FeedForwardGate, TensorKind.FeedForwardUp, TensorKind.FeedForwardDown,
                        ((FeedForwardSpec.Dense)spec.Layers[layer].FeedForward).Bias));
            }

            logits.AddRange(Multiply(head, Norm(x, new(TensorKind.OutputNorm))).Select(static l => (float)l));
        }

        return [.. logits];
    }

    private double[] Attend(double[] x, int layer, int position, AttentionSpec.Grouped a)
    {
        double[] query = Linear(x, new(TensorKind.AttentionQuery, layer), a.QueryKeyValueBias);
        double[] key = Linear(x, new(TensorKind.AttentionKey, layer), a.QueryKeyValueBias);
        double[] value = Linear(x, new(TensorKind.AttentionValue, layer), a.QueryKeyValueBias);
        if (a.QueryKeyNorm == QueryKeyNorm.FullWidth)
        {
            (query, key) = (Norm(query, new(TensorKind.AttentionQueryNorm, layer)), Norm(key, new(TensorKind.AttentionKeyNorm, layer)));
        }

        double[] Head(double[] all, int head, TensorKind norm)
        {
            double[] one = all[(head * a.HeadSize)..((head + 1) * a.HeadSize)];
            one = a.QueryKeyNorm == QueryKeyNorm.PerHead ? Norm(one, new(norm, layer)) : one;
            Rotate(one, 0, position);
            return one;
        }

        List<double> heads = [];
        for (int h = 0; h < a.Heads; h++)
        {
            int shared = h / (a.Heads / a.KeyValueHeads);
            _cache[layer][h].Add((Head(key, shared, TensorKind.AttentionKeyNorm), value[(shared * a.HeadSize)..((shared + 1) * a.HeadSize)]));
            heads.AddRange(Weigh(Head(query, h, TensorKind.AttentionQueryNorm), _cache[layer][h], 1 / Math.Sqrt(a.HeadSize), a.SlidingWindow));
        }

        return Linear([.. heads], new(TensorKind.AttentionOutput, layer), a.OutputBias);
    }

    private double[] Attend(double[] x, int layer, int position, AttentionSpec.Latent a)
    {
        int width = a.NopeSize + a.RopeSize;
        double[] query = a.QueryRank is null ? Linear(x, new(TensorKind.AttentionQuery, layer))
            : Linear(Norm(Linear(x, new(TensorKind.AttentionQueryDown, layer)), new(TensorKind.AttentionQueryDownNorm, layer)), new(TensorKind.AttentionQueryUp, layer));
        double[] down = Linear(x, new(TensorKind.AttentionKeyValueDown, layer));
        double[] rotated = down[a.KeyValueRank..];
        Rotate(rotated, 0, position);
        double[] up = Linear(Norm(down[..a.KeyValueRank], new(TensorKind.AttentionKeyValueDownNorm, layer)), new(TensorKind.AttentionKeyValueUp, layer));
        List<double> heads = [];
        for (int h = 0; h < a.Heads; h++)
        {
            double[] q = query[(h * width)..((h + 1) * width)];
            Rotate(q, a.NopeSize, position);
            double[] kv = up[(h * (a.NopeSize + a.ValueSize))..((h + 1) * (a.NopeSize + a.ValueSize))];
            _cache[layer][h].Add(([.. kv[..a.NopeSize], .. rotated], kv[a.NopeSize..]));
            heads.AddRange(Weigh(q, _cache[layer][h], 1 / Math.Sqrt(width), null));
        }

        return Linear([.. heads], new(TensorKind.AttentionOutput, layer));
    }

    private static double[] Weigh(double[] query, List<(double[] Key, double[] Value)> cache, double scale, int? window)
    {
        int first = Math.Max(0, cache.Count - (window ?? cache.Count));
        double[] scores = [.. cache.Skip(first).Select(c => c.Key.Zip(query, static (k, q) => k * q).Sum() * scale)];
        double[] shares = Softmax(scores);
        double[] sum = new double[cache[0].Value.Length];
        for (int i = 0; i < shares.Length; i++)
        {
            sum = [.. sum.Zip(cache[first + i].Value, (s, v) => s + (shares[i] * v))];
        }

        return sum;
    }

    private double[] Route(double[] x, int layer, FeedForwardSpec.Experts e)
    {
        double[] logits = Linear(x, new(TensorKind.Router, layer));
        double[] scores = e.Router.Scoring == RouterScoring.Softmax ? Softmax(logits) : [.. logits.Select(static l => 1 / (1 + Math.Exp(-l)))];
        double[] choice = e.Router.SelectionBias ? Add(scores, [.. weights(new(TensorKind.RouterBias, layer)).Select(static b => (double)b)]) : scores;
        IEnumerable<int> candidates = Enumerable.Range(0, e.Count);
        if (e.Router.Groups is { } groups)
        {
            int size = e.Count / groups.Count;
            HashSet<int> active = [.. Enumerable.Range(0, groups.Count)
                .OrderByDescending(g => choice[(g * size)..((g + 1) * size)].OrderDescending().Take(groups.BestTwo ? 2 : 1).Sum())
                .Take(groups.Active)];
            candidates = candidates.Where(i => active.Contains(i / size));
        }

        int[] chosen = [.. candidates.OrderByDescending(i => choice[i]).Take(e.Active)];
        double sum = e.Router.Normalize ? chosen.Sum(i => scores[i]) : 1;
        double[] output = new double[spec.HiddenSize];
        foreach (int expert in chosen)
        {
            double[] one = Gated(x, layer, expert, TensorKind.ExpertGate, TensorKind.ExpertUp, TensorKind.ExpertDown, bias: false);
            output = Add(output, [.. one.Select(v => v * scores[expert] / sum * e.Router.Scale)]);
        }

        return e.SharedSize == 0 ? output
            : Add(output, Gated(x, layer, null, TensorKind.SharedExpertGate, TensorKind.SharedExpertUp, TensorKind.SharedExpertDown, bias: false));
    }

    private double[] Gated(double[] x, int layer, int? expert, TensorKind gate, TensorKind up, TensorKind down, bool bias)
    {
        double[] g = Linear(x, new(gate, layer, expert), bias);
        double[] u = Linear(x, new(up, layer, expert), bias);
        return Linear([.. g.Zip(u, static (a, b) => a / (1 + Math.Exp(-a)) * b)], new(down, layer, expert), bias);
    }

    private void Rotate(double[] head, int start, int position)
    {
        int n = spec.Rope.Dimensions;
        double factor = spec.Rope.Scaling is RopeScaling.Linear linear ? linear.Factor : 1;
        for (int i = 0; i < n / 2; i++)
        {
            (int one, int two) = spec.Rope.Layout == RopeLayout.Halves ? (start + i, start + i + (n / 2)) : (start + (2 * i), start + (2 * i) + 1);
            double angle = position / factor * Math.Pow(spec.Rope.Base, -2.0 * i / n);
            (head[one], head[two]) = ((head[one] * Math.Cos(angle)) - (head[two] * Math.Sin(angle)), (head[one] * Math.Sin(angle)) + (head[two] * Math.Cos(angle)));
        }
    }

    private double[] Norm(double[] x, TensorRole role)
    {
        double root = Math.Sqrt(x.Average(static v => v * v) + spec.NormEpsilon);
        return [.. x.Zip(weights(role), (v, w) => v / root * w)];
    }

    private double[] Linear(double[] x, TensorRole role, bool bias = false)
    {
        double[] y = Multiply(weights(role), x);
        return bias ? Add(y, [.. weights(role with { Bias = true }).Select(static b => (double)b)]) : y;
    }

    private static double[] Multiply(float[] matrix, double[] x)
    {
        double[] y = new double[matrix.Length / x.Length];
        for (int i = 0; i < matrix.Length; i++)
        {
            y[i / x.Length] += matrix[i] * x[i % x.Length];
        }

        return y;
    }

    private static double[] Softmax(double[] values)
    {
        double[] powers = [.. values.Select(v => Math.Exp(v - values.Max()))];
        return [.. powers.Select(p => p / powers.Sum())];
    }

    private static double[] Add(double[] a, double[] b) => [.. a.Zip(b, static (x, y) => x + y)];
}
