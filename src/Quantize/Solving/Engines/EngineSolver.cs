namespace ModelPack.Quantize.Solving.Engines;

/// <summary>Sorts tasks into groups that an engine solves side by side.</summary>
/// <param name="engine">Does the products.</param>
/// <param name="options">How.</param>
/// <param name="cancel">Between blocks of columns.</param>
internal sealed class EngineSolver(IMatrixEngine engine, SolveOptions options, CancellationToken cancel)
{
    /// <summary>Solves what an engine is of use for.</summary>
    /// <param name="setups">All tasks.</param>
    /// <param name="solved">Receives the weights of those that were solved.</param>
    /// <returns>Which are left to the CPU: those without feedback, and those too large for the device.</returns>
    public int[] Solve(TaskSetup[] setups, IReadOnlyList<SolvedWeight>[] solved)
    {
        foreach (int[] alike in Enumerable.Range(0, setups.Length)
            .Where(i => setups[i].Method == SolveMethod.Gptq)
            .GroupBy(i => setups[i].Hessian.Columns)
            .Select(g => g.OrderByDescending(i => RowsOf(setups[i])).ToArray()))
        {
            for (int first = 0; first < alike.Length;)
            {
                int most = MostMembers(setups[alike[first]]);
                if (most == 0)
                {
                    first++;
                    continue;
                }

                int[] part = alike[first..Math.Min(alike.Length, first + most)];
                Solve(part, setups, solved);
                first += part.Length;
            }
        }

        return [.. Enumerable.Range(0, setups.Length).Where(i => solved[i] is null)];
    }

    /// <summary>Rows of a task's weights, each weight's a multiple of what stands side by side.</summary>
    private static int RowsOf(TaskSetup setup) => setup.Task.Weights.Sum(static w => LaneWeight.RoomOf(w.Rows));

    private int MostMembers(TaskSetup setup) => GroupMemory.MostMembers(
        setup.Hessian.Columns,
        RowsOf(setup),
        setup.Task.Weights.Max(static w => w.Grid.Layout.Runs),
        engine.MemoryBytes,
        engine.PieceBytes,
        options.MemoryBytes);

    // A device may have less memory free than was planned with: half the members then, and the CPU where one is too many.
    private void Solve(int[] part, TaskSetup[] setups, IReadOnlyList<SolvedWeight>[] solved)
    {
        TaskSetup[] members = [.. part.Select(i => setups[i])];
        try
        {
            using IHessianGroup group = engine.Open(members[0].Hessian.Columns, part.Length, RowsOf(members[0]));
            using GroupSolver solver = new(engine, group, members, RowsOf(members[0]), options, cancel);
            IReadOnlyList<IReadOnlyList<SolvedWeight>> found = solver.Solve();
            for (int i = 0; i < part.Length; i++)
            {
                solved[part[i]] = found[i];
            }
        }
        catch (InsufficientMemoryException) when (part.Length > 1)
        {
            Solve(part[..(part.Length / 2)], setups, solved);
            Solve(part[(part.Length / 2)..], setups, solved);
        }
        catch (InsufficientMemoryException)
        {
            // Left to the CPU.
        }
    }
}
