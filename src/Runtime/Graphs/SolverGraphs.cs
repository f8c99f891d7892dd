using ModelPack.Models.Onnx;

namespace ModelPack.Runtime.Graphs;

/// <summary>Products of the solver. Matrices of several inputs side by side have the input in the first or the middle dimension.</summary>
internal static class SolverGraphs
{
    /// <summary>x → x, elsewhere.</summary>
    public static BlockGraph Copy(int dimensions)
    {
        BlockGraph block = new("copy");
        block.Output(block.Graph.Add("Identity", "copy", [block.Input("x", dimensions)]), dimensions);
        return block;
    }

    /// <summary>x [n, k], G [k, k] → G + xᵀ·x, which may be written over G: the sum goes element by element.</summary>
    public static BlockGraph AddGram()
    {
        BlockGraph block = new("gram");
        string x = block.Input("x", 2);
        string product = Product(block, "product", x, x, "transA");
        block.Output(block.Graph.Add("Add", "sum", [block.Input("gram", 2), product]), 2);
        return block;
    }

    /// <summary>a [n, k], G [k, k] → a·G·aᵀ of each row, [n].</summary>
    public static BlockGraph Measure()
    {
        BlockGraph block = new("measure");
        string a = block.Input("a", 2);
        string product = Product(block, "product", a, block.Input("gram", 2));
        string parts = block.Graph.Add("Mul", "parts", [product, a]);
        block.Output(block.Graph.Add("ReduceSum", "power", [parts, block.Graph.Integers(1)], new OnnxAttribute.Int("keepdims", 0)), 1);
        return block;
    }

    /// <summary>order [k], G [k, k], share [1] and perhaps a second pair → share·G with rows and columns in that order, cut into blocks of rows.</summary>
    public static BlockGraph Order(int columns, int blockColumns, bool prior)
    {
        BlockGraph block = new("order");
        string order = block.Indices("order");
        string whole = Ordered(block, "own", order);
        if (prior)
        {
            whole = block.Graph.Add("Add", "whole", [whole, Ordered(block, "prior", order)]);
        }

        long[] sizes = [.. Enumerable.Range(0, (columns + blockColumns - 1) / blockColumns).Select(b => (long)Math.Min(blockColumns, columns - (b * blockColumns)))];
        string[] parts = [.. sizes.Select(static (_, b) => $"block.{b}")];
        block.Graph.Add("", "Split", "split", [whole, block.Graph.Integers(sizes)], parts, [new OnnxAttribute.Int("axis", 0)]);
        foreach (string part in parts)
        {
            block.Output(part, 2);
        }

        return block;
    }

    /// <summary>H [e, c, k], first, end → the columns first … end of each, [e, c, c].</summary>
    public static BlockGraph Corner()
    {
        BlockGraph block = new("corner");
        block.Output(Slice(block, "corner", block.Input("hessian", 3)), 3);
        return block;
    }

    /// <summary>U [m, e, k] (columns of U behind a block), H [e, c, k], first, end → H − Uᵀ[first … end]·U, [e, c, k], and its corner.</summary>
    public static BlockGraph Reduce()
    {
        BlockGraph block = new("reduce");
        string factor = block.Input("factor", 3);
        string own = Slice(block, "own", factor);
        string product = Product(block, "product", own, factor, "transA", "transBatchA", "transBatchB");
        block.Output(block.Graph.Add("Sub", "rest", [block.Input("hessian", 3), product]), 3);
        block.Output(block.Graph.Add("Slice", "corner", ["rest", "first", "end", block.Graph.Integers(2)]), 3);
        return block;
    }

    /// <summary>Inverse [e, c, c], S [e, c, k] → their product, [c, e, k].</summary>
    public static BlockGraph Solve()
    {
        BlockGraph block = new("solve");
        string product = Product(block, "product", block.Input("inverse", 3), block.Input("rest", 3));
        block.Output(block.Graph.Add("Transpose", "columns", [product], new OnnxAttribute.Ints("perm", [1, 0, 2])), 3);
        return block;
    }

    /// <summary>U [c, e, k] (a block's columns), E [m, e, r] (errors of the columns before), first (0), end (m) → Uᵀ·E, [e, c, r].</summary>
    public static BlockGraph Feed()
    {
        BlockGraph block = new("feed");
        string factor = Slice(block, "before", block.Input("factor", 3));
        block.Output(Product(block, "added", factor, block.Input("errors", 3), "transBatchA", "transBatchB"), 3);
        return block;
    }

    /// <summary>H [e, c, k], E [k, e, r] → H·E, [e, c, r].</summary>
    public static BlockGraph Pull()
    {
        BlockGraph block = new("pull");
        block.Output(Product(block, "added", block.Input("hessian", 3), block.Input("errors", 3), "transBatchB"), 3);
        return block;
    }

    // MatMul whose factors may be stored the other way round, without a copy.
    private static string Product(BlockGraph block, string name, string a, string b, params string[] turned) =>
        block.Graph.AddMicrosoft("FusedMatMul", name, [a, b], [.. turned.Select(static t => new OnnxAttribute.Int(t, 1))]);

    private static string Ordered(BlockGraph block, string name, string order)
    {
        string gram = block.Input(name, 2);
        string rows = block.Graph.Add("Gather", $"{name}.rows", [gram, order], new OnnxAttribute.Int("axis", 0));
        string columns = block.Graph.Add("Gather", $"{name}.columns", [rows, order], new OnnxAttribute.Int("axis", 1));
        return block.Graph.Add("Mul", $"{name}.scaled", [columns, block.Input($"{name}.share", 1)]);
    }

    private static string Slice(BlockGraph block, string name, string input)
    {
        block.Place("first");
        block.Place("end");
        return block.Graph.Add("Slice", name, [input, "first", "end", block.Graph.Integers(2)]);
    }
}
