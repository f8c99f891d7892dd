using ModelPack.Models.Architectures;
using ModelPack.Models.Conversion;
using ModelPack.Models.Onnx.Export;
using ModelPack.Models.Tensors;
using ModelPack.Quantize.Calibration;

namespace ModelPack.Tests.Runtime;

/// <summary>A decoder in loops over doubles, as the papers have it: one window, one row at a time.</summary>
internal sealed class PlainDecoder
{
    private readonly ModelWeights _weights;
    private readonly DecoderSpec _spec;
    private readonly Dictionary<TensorRole, double[][]> _read = [];
    private double[][] _inner = [];

    private PlainDecoder(ModelWeights weights) => (_weights, _spec) = (weights, weights.Spec);

    /// <summary>Rows that enter each place, by token; experts only for the tokens that they saw.</summary>
    public Dictionary<(LinearPlace Place, int Layer, int? Expert), List<(int Token, double Gate, double[] Row)>> Seen { get; } = [];

    /// <summary>Router scores, [layer][token][expert].</summary>
    public Dictionary<int, double[][]> Scores { get; } = [];

    /// <summary>One row a token.</summary>
    public double[][] Logits { get; private set; } = [];

    /// <summary>Runs one window.</summary>
    public static PlainDecoder Run(ModelWeights weights, int[] tokens)
    {
        PlainDecoder decoder = new(weights);
        double[][] x = [.. tokens.Select(t => (double[])decoder.Matrix(new(TensorKind.Embedding))[t].Clone())];
        for (int layer = 0; layer < weights.Spec.Layers.Count; layer++)
        {
            double[][] normed = decoder.Norm(x, new(TensorKind.AttentionNorm, layer));
            Add(x, weights.Spec.Layers[layer].Attention switch
            {
                AttentionSpec.Grouped a => decoder.Grouped(normed, layer, a),
                AttentionSpec.Latent a => decoder.Latent(normed, layer, a),
                _ => throw new InvalidOperationException(),
            });
            normed = decoder.Norm(x, new(TensorKind.FeedForwardNorm, layer));
            Add(x, weights.Spec.Layers[layer].FeedForward switch
            {
                FeedForwardSpec.Dense d => decoder.Dense(normed, layer, d.Bias, LinearPlace.FeedForwardInput, TensorKind.FeedForwardGate),
                FeedForwardSpec.Experts e => decoder.Experts(normed, layer, e),
                _ => throw new InvalidOperationException(),
            });
        }

        x = decoder.Norm(x, new(TensorKind.OutputNorm));
        decoder.See(LinearPlace.Head, weights.Spec.Layers.Count, x);
        decoder.Logits = decoder.Linear(x, new(weights.Spec.TiedEmbeddings ? TensorKind.Embedding : TensorKind.Head), false);
        return decoder;
    }

    private static void Add(double[][] x, double[][] part)
    {
        for (int t = 0; t < x.Length; t++)
        {
            x[t] = [.. x[t].Zip(part[t], static (a, b) => a + b)];
        }
    }

    private double[][] Matrix(TensorRole role)
    {
        if (!_read.TryGetValue(role, out double[][]? rows))
        {
            TensorSource source = _weights.Tensors[role];
            float[] values = new float[source.Rows * source.Columns];
            source.Read(0, values);
            _read.Add(role, rows = [.. values.Chunk(source.Columns).Select(static r => Array.ConvertAll(r, static v => (double)v))]);
        }

        return rows;
    }

    private double[] Vector(TensorRole role) => [.. Matrix(role).SelectMany(static r => r)];

    private double[][] Linear(double[][] x, TensorRole role, bool bias)
    {
        double[][] weight = Matrix(role);
        double[] add = bias ? Vector(role with { Bias = true }) : new double[weight.Length];
        return [.. x.Select(row => weight.Select((w, i) => Dot(w, row) + add[i]).ToArray())];
    }

    private static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
        {
            sum += a[i] * b[i];
        }

        return sum;
    }

    private double[][] Norm(double[][] x, TensorRole role) => [.. x.Select(row => NormRow(row, Vector(role)))];

    private double[] NormRow(double[] row, double[] weight)
    {
        double scale = 1 / Math.Sqrt((Dot(row, row) / row.Length) + _spec.NormEpsilon);
        return [.. row.Zip(weight, (v, w) => v * scale * w)];
    }

    private void See(LinearPlace place, int layer, double[][] rows) =>
        Seen[(place, layer, null)] = [.. rows.Select(static (r, t) => (t, 0d, r))];

    private double[][] Grouped(double[][] x, int layer, AttentionSpec.Grouped a)
    {
        See(LinearPlace.AttentionInput, layer, x);
        double[][] Project(TensorKind kind) => Linear(x, new(kind, layer), a.QueryKeyValueBias);
        double[][] Normalize(double[][] rows, TensorKind kind) => a.QueryKeyNorm switch
        {
            QueryKeyNorm.None => rows,
            QueryKeyNorm.PerHead => [.. rows.Select(r => r.Chunk(a.HeadSize).SelectMany(h => NormRow(h, Vector(new(kind, layer)))).ToArray())],
            _ => Norm(rows, new(kind, layer)),
        };
        double[][][] q = Rotated(Normalize(Project(TensorKind.AttentionQuery), TensorKind.AttentionQueryNorm), a.HeadSize);
        double[][][] k = Rotated(Normalize(Project(TensorKind.AttentionKey), TensorKind.AttentionKeyNorm), a.HeadSize);
        double[][][] v = [.. Project(TensorKind.AttentionValue).Select(r => r.Chunk(a.HeadSize).ToArray())];
        int group = a.Heads / a.KeyValueHeads;
        double[][] heads = Attend(q, h => h / group, k, v, 1 / Math.Sqrt(a.HeadSize), a.SlidingWindow);
        See(LinearPlace.AttentionHeads, layer, heads);
        return Linear(heads, new(TensorKind.AttentionOutput, layer), a.OutputBias);
    }

    private double[][] Latent(double[][] x, int layer, AttentionSpec.Latent a)
    {
        See(LinearPlace.AttentionInput, layer, x);
        double[][] query = x;
        TensorKind kind = TensorKind.AttentionQuery;
        if (a.QueryRank is not null)
        {
            query = Norm(Linear(x, new(TensorKind.AttentionQueryDown, layer), false), new(TensorKind.AttentionQueryDownNorm, layer));
            See(LinearPlace.QueryLatent, layer, query);
            kind = TensorKind.AttentionQueryUp;
        }

        double[][] down = Linear(x, new(TensorKind.AttentionKeyValueDown, layer), false);
        double[][] latent = Norm([.. down.Select(r => r[..a.KeyValueRank])], new(TensorKind.AttentionKeyValueDownNorm, layer));
        See(LinearPlace.KeyValueLatent, layer, latent);
        double[][][] asked = [.. Linear(query, new(kind, layer), false).Select(r => r.Chunk(a.NopeSize + a.RopeSize).ToArray())];
        See(LinearPlace.KeyQuery, layer, [.. asked.Select(r => r.SelectMany(h => h[..a.NopeSize]).ToArray())]);
        double[][] up = Linear(latent, new(TensorKind.AttentionKeyValueUp, layer), false);
        double[][][] parts = [.. up.Select(r => r.Chunk(a.NopeSize + a.ValueSize).ToArray())];
        double[][][] q =
        [
            .. asked.Select((r, t) => r.Select(h => (double[])[.. h[..a.NopeSize], .. Rotate(h[a.NopeSize..], t)]).ToArray()),
        ];
        double[][][] k = [.. parts.Select((r, t) => r.Select(h => (double[])[.. h[..a.NopeSize], .. Rotate(down[t][a.KeyValueRank..], t)]).ToArray())];
        double[][][] v = [.. parts.Select(r => r.Select(h => h[a.NopeSize..]).ToArray())];
        double temperature = _spec.Rope.Scaling is RopeScaling.Yarn { MscaleAllDimensions: { } all and not 0 } yarn
            ? (0.1 * all * Math.Log(yarn.Factor)) + 1
            : 1;
        double[][] heads = Attend(q, static h => h, k, v, temperature * temperature / Math.Sqrt(a.NopeSize + a.RopeSize), null);
        See(LinearPlace.AttentionHeads, layer, heads);
        return Linear(heads, new(TensorKind.AttentionOutput, layer), false);
    }

    private static double[][] Attend(double[][][] q, Func<int, int> shared, double[][][] k, double[][][] v, double scale, int? window)
    {
        double[][] heads = new double[q.Length][];
        for (int t = 0; t < q.Length; t++)
        {
            List<double> row = [];
            int first = window is { } size ? Math.Max(0, t - size + 1) : 0;
            for (int h = 0; h < q[t].Length; h++)
            {
                double[] scores = [.. Enumerable.Range(first, t + 1 - first).Select(s => scale * Dot(q[t][h], k[s][shared(h)]))];
                double highest = scores.Max();
                double[] shares = [.. scores.Select(s => Math.Exp(s - highest))];
                double sum = shares.Sum();
                double[] value = new double[v[t][shared(h)].Length];
                for (int s = 0; s < shares.Length; s++)
                {
                    for (int i = 0; i < value.Length; i++)
                    {
                        value[i] += shares[s] / sum * v[first + s][shared(h)][i];
                    }
                }

                row.AddRange(value);
            }

            heads[t] = [.. row];
        }

        return heads;
    }

    private double[][][] Rotated(double[][] rows, int width) =>
        [.. rows.Select((r, t) => r.Chunk(width).Select(h => Rotate(h, t)).ToArray())];

    private double[] Rotate(double[] head, int position)
    {
        (RotaryTable cosines, RotaryTable sines) = RotaryTable.Of(_spec);
        int pairs = _spec.Rope.Dimensions / 2;
        (float[] cosine, float[] sine) = (new float[pairs], new float[pairs]);
        cosines.Read(position, cosine);
        sines.Read(position, sine);
        double[] turned = [.. head];
        for (int i = 0; i < pairs; i++)
        {
            (int a, int b) = _spec.Rope.Layout == RopeLayout.Halves ? (i, i + pairs) : (2 * i, (2 * i) + 1);
            turned[a] = (head[a] * cosine[i]) - (head[b] * sine[i]);
            turned[b] = (head[b] * cosine[i]) + (head[a] * sine[i]);
        }

        return turned;
    }

    private double[][] Dense(double[][] x, int layer, bool bias, LinearPlace place, TensorKind gate, int? expert = null)
    {
        double[][] gates = Linear(x, new(gate, layer, expert), bias);
        double[][] ups = Linear(x, new(gate + 1, layer, expert), bias);
        double[][] inner = [.. gates.Zip(ups, static (g, u) => g.Zip(u, static (a, b) => a / (1 + Math.Exp(-a)) * b).ToArray())];
        if (expert is null)
        {
            See(place, layer, x);
            See(place + 1, layer, inner);
        }

        _inner = inner;
        return Linear(inner, new(gate + 2, layer, expert), bias);
    }

    private double[][] Experts(double[][] x, int layer, FeedForwardSpec.Experts spec)
    {
        See(LinearPlace.RouterInput, layer, x);
        double[][] sum = [.. x.Select(static r => new double[r.Length])];
        double[][] logits = Linear(x, new(TensorKind.Router, layer), false);
        Scores[layer] = [.. logits.Select(l => Score(l, spec.Router.Scoring))];
        double[] bias = spec.Router.SelectionBias ? Vector(new(TensorKind.RouterBias, layer)) : new double[spec.Count];
        for (int t = 0; t < x.Length; t++)
        {
            double[] scores = Scores[layer][t];
            double[] choice = [.. scores.Zip(bias, static (s, b) => s + b)];
            if (spec.Router.Groups is { } groups)
            {
                int size = spec.Count / groups.Count;
                HashSet<int> best = [.. Enumerable.Range(0, groups.Count)
                    .OrderByDescending(g => choice.Skip(g * size).Take(size).OrderDescending().Take(groups.BestTwo ? 2 : 1).Sum())
                    .Take(groups.Active)];
                choice = [.. choice.Select((c, e) => best.Contains(e / size) ? c : double.NegativeInfinity)];
            }

            int[] chosen = [.. Enumerable.Range(0, spec.Count).OrderByDescending(e => choice[e]).Take(spec.Active)];
            double total = spec.Router.Normalize ? chosen.Sum(e => scores[e]) : 1;
            foreach (int e in chosen)
            {
                double weight = scores[e] / total * spec.Router.Scale;
                double[] output = Dense([x[t]], layer, false, default, TensorKind.ExpertGate, e)[0];
                sum[t] = [.. sum[t].Zip(output, (s, o) => s + (weight * o))];
                List(LinearPlace.ExpertInput, layer, e).Add((t, weight, x[t]));
                List(LinearPlace.ExpertInner, layer, e).Add((t, weight, _inner[0]));
            }
        }

        if (spec.SharedSize > 0)
        {
            Add(sum, Dense(x, layer, false, LinearPlace.SharedInput, TensorKind.SharedExpertGate));
        }

        return sum;
    }

    private List<(int Token, double Gate, double[] Row)> List(LinearPlace place, int layer, int expert) =>
        Seen.TryGetValue((place, layer, expert), out var list) ? list : Seen[(place, layer, expert)] = [];

    private static double[] Score(double[] logits, RouterScoring scoring)
    {
        if (scoring == RouterScoring.Sigmoid)
        {
            return [.. logits.Select(static l => 1 / (1 + Math.Exp(-l)))];
        }

        double highest = logits.Max();
        double sum = logits.Sum(l => Math.Exp(l - highest));
        return [.. logits.Select(l => Math.Exp(l - highest) / sum)];
    }
}
