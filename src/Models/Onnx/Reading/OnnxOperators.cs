namespace ModelPack.Models.Onnx.Reading;

/// <summary>The operators whose constant inputs are not all plain weights.</summary>
/// <remarks>Sources: onnx/docs/Operators.md and onnxruntime/docs/ContribOperators.md.</remarks>
internal sealed class OnnxOperators
{
    private const OnnxConstantUse Weights = OnnxConstantUse.Weights;
    private const OnnxConstantUse Packed = OnnxConstantUse.Packed;
    private const OnnxConstantUse None = OnnxConstantUse.NoWeights;

    private static readonly Dictionary<string, OnnxOperators> All = new OnnxOperators[]
    {
        new("ConvInteger", (1, Weights), (2, None), (3, None)),
        new("DequantizeLinear", (0, Weights), (1, None), (2, None)),
        new("DynamicQuantizeMatMul", (1, Weights), (2, None), (3, None)),
        new("GatherBlockQuantized", (0, Packed), (2, None), (3, None)) { BitsAttribute = "bits" },
        new("GroupQueryAttention", (7, None), (8, None)),
        new("MatMulBnb4", (1, Packed), (2, None)) { Sides = true },
        new("MatMulInteger", (1, Weights), (2, None), (3, None)),
        new("MatMulIntegerToFloat", (1, Weights), (2, None), (3, None), (4, None), (5, None)),
        new("MatMulNBits", (1, Packed), (2, None), (3, None), (4, None), (5, Weights)) { BitsAttribute = "bits", Sides = true },
        new("MoE", (2, Weights), (4, Weights), (6, Weights)) { Experts = true },
        new("QLinearConv", (1, None), (2, None), (3, Weights), (4, None), (5, None), (6, None), (7, None), (8, Weights)),
        new("QLinearMatMul", (1, None), (2, None), (3, Weights), (4, None), (5, None), (6, None), (7, None)),
        new("QMoE", (2, Packed), (3, None), (4, Weights), (5, Packed), (6, None), (7, Weights), (8, Packed), (9, None), (10, Weights), (11, None), (12, None), (13, None))
        {
            BitsAttribute = "expert_weight_bits",
            Experts = true,
        },
        new("QuantizeLinear", (1, None), (2, None)),
        new("RotaryEmbedding", (1, None), (2, None), (3, None)),
    }.ToDictionary(static o => o.Name);

    private OnnxOperators(string name, params (int Input, OnnxConstantUse Use)[] uses) =>
        (Name, Uses) = (name, uses.ToDictionary(static u => u.Input, static u => u.Use));

    public string Name { get; }

    /// <summary>Use by input; inputs that are not listed are ordinary.</summary>
    public IReadOnlyDictionary<int, OnnxConstantUse> Uses { get; }

    /// <summary>Whether its weights are stacks, one expert after another.</summary>
    public bool Experts { get; private init; }

    /// <summary>Attribute that says how many bits a packed weight has; 4 without it.</summary>
    private string? BitsAttribute { get; init; }

    /// <summary>Whether the attributes K and N say how many weights there are.</summary>
    private bool Sides { get; init; }

    /// <summary>What is known of a node's operator; null for an ordinary one.</summary>
    public static OnnxOperators? Find(OnnxNode node) =>
        node.Domain is "" or "com.microsoft" ? All.GetValueOrDefault(node.Operator) : null;

    /// <summary>A whole number among the attributes; null where it is not one.</summary>
    public static long? Integer(OnnxNode node, string name) =>
        node.Attributes.OfType<OnnxAttribute.Int>().FirstOrDefault(a => a.Name == name)?.Value;

    /// <summary>Bits of a packed weight; 4 where the attribute is absent or absurd.</summary>
    public int Bits(OnnxNode node) =>
        BitsAttribute is not null && Integer(node, BitsAttribute) is (2 or 4 or 8) and long bits ? (int)bits : 4;

    /// <summary>Weights of a packed matrix; null where the attributes do not tell.</summary>
    public long? Logical(OnnxNode node) =>
        Sides && Integer(node, "K") is > 0 and <= int.MaxValue and long k && Integer(node, "N") is > 0 and <= int.MaxValue and long n ? k * n : null;
}
