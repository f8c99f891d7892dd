using Microsoft.ML.OnnxRuntime;
using ModelPack.Quantize.Solving.Engines;
using ModelPack.Runtime.Graphs;
using ModelPack.Runtime.Interop;

namespace ModelPack.Runtime.Solving;

/// <summary>Hessians, factors and errors side by side, on a device.</summary>
internal sealed class HessianGroup : IHessianGroup
{
    private const int BlockColumns = IHessianGroup.Block;

    private readonly OrtMatrixEngine _engine;
    private readonly int _columns;
    private readonly int _members;
    private readonly int _rows;
    private readonly List<DeviceBuffer> _buffers = [];

    // H: for each block [members][columns of the block][columns]. U: [columns][members][columns], a row for each column of U.
    private readonly DeviceBuffer[] _hessians;
    private readonly DeviceBuffer _factors;

    // S of one block, as H. E: [columns][members][rows].
    private readonly DeviceBuffer _rest;
    private readonly DeviceBuffer _errors;
    private readonly DeviceBuffer _hostValues;
    private readonly DeviceBuffer _hostErrors;
    private readonly DeviceBuffer _hostCorners;

    /// <exception cref="InsufficientMemoryException">The device has not that much memory left.</exception>
    public HessianGroup(OrtMatrixEngine engine, int columns, int members, int rows)
    {
        (_engine, _columns, _members, _rows) = (engine, columns, members, rows);
        try
        {
            _hessians = new DeviceBuffer[(columns + BlockColumns - 1) / BlockColumns];
            for (int block = 0; block < _hessians.Length; block++)
            {
                _hessians[block] = Allocate((long)members * Count(block) * columns);
            }

            _factors = Allocate((long)columns * members * columns);
            _rest = Allocate((long)members * BlockColumns * columns);
            _errors = Allocate((long)columns * members * rows);
            _hostValues = AllocateHost((long)members * BlockColumns * rows);
            _hostErrors = AllocateHost((long)members * BlockColumns * rows);
            _hostCorners = AllocateHost((long)members * BlockColumns * BlockColumns);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public Span<float> Values => _hostValues.Span;

    /// <inheritdoc/>
    public Span<float> Errors => _hostErrors.Span;

    /// <inheritdoc/>
    public Span<float> Corners => _hostCorners.Span;

    /// <inheritdoc/>
    public void SetHessian(int member, IGramMatrix own, float ownShare, IGramMatrix? prior, float priorShare, ReadOnlySpan<int> order)
    {
        ArgumentNullException.ThrowIfNull(own);
        long[] indices = new long[order.Length];
        for (int i = 0; i < indices.Length; i++)
        {
            indices[i] = order[i];
        }

        List<OrtValue> inputs = [OrtValue.CreateTensorValueFromMemory(indices, [_columns]), ((GramMatrix)own).View(), Number(ownShare)];
        if (prior is not null)
        {
            inputs.AddRange([((GramMatrix)prior).View(), Number(priorShare)]);
        }

        Run(
            _engine.Get(("order", _columns, prior is not null), () => SolverGraphs.Order(_columns, BlockColumns, prior is not null)),
            inputs,
            [.. _hessians.Select((h, block) => h.View((long)member * Count(block) * _columns, Count(block), _columns))]);
    }

    /// <inheritdoc/>
    public void ReadCorners(int block) => Run(
        _engine.Get("corner", SolverGraphs.Corner),
        [Hessian(block), Place(First(block)), Place(First(block) + Count(block))],
        [Corner(block)]);

    /// <inheritdoc/>
    public void Reduce(int block)
    {
        int end = First(block) + Count(block);
        if (end == _columns)
        {
            Run(_engine.Get("copy", static () => SolverGraphs.Copy(3)), [Hessian(block)], [Rest(block)]);
            ReadCorners(block);
            return;
        }

        Run(
            _engine.Get("reduce", SolverGraphs.Reduce),
            [Columns(end, _columns - end), Place(First(block)), Place(end), Hessian(block)],
            [Rest(block), Corner(block)]);
    }

    /// <inheritdoc/>
    public void Solve(int block) => Run(
        _engine.Get("solve", SolverGraphs.Solve),
        [Corner(block), Rest(block)],
        [Columns(First(block), Count(block))]);

    /// <inheritdoc/>
    public void Feed(int block) => Run(
        _engine.Get("feed", SolverGraphs.Feed),
        [Columns(First(block), Count(block)), Place(0), Place(First(block)), _errors.View(0, First(block), _members, _rows)],
        [Added(block)]);

    /// <inheritdoc/>
    public void Pull(int block) => Run(
        _engine.Get("pull", SolverGraphs.Pull),
        [Hessian(block), _errors.View(0, _columns, _members, _rows)],
        [Added(block)]);

    /// <inheritdoc/>
    public void SetErrors(int block) => Run(
        _engine.Get("copy", static () => SolverGraphs.Copy(3)),
        [_hostErrors.View(0, Count(block), _members, _rows)],
        [_errors.View((long)First(block) * _members * _rows, Count(block), _members, _rows)]);

    /// <inheritdoc/>
    public void Dispose()
    {
        _buffers.ForEach(static b => b.Dispose());
        _buffers.Clear();
        _engine.Memory.Trim();
    }

    // ONNX Runtime needs room for what is between two operators: the caller may come back with fewer members.
    private static void Run(Block block, IReadOnlyList<OrtValue> inputs, IReadOnlyList<OrtValue> outputs)
    {
        try
        {
            block.Run(inputs, outputs);
        }
        catch (RuntimeException e) when (RuntimeFaults.IsMemory(e))
        {
            throw new InsufficientMemoryException(e.Message, e);
        }
    }

    private static int First(int block) => block * BlockColumns;

    private int Count(int block) => Math.Min(BlockColumns, _columns - First(block));

    private OrtValue Hessian(int block) => _hessians[block].View(0, _members, Count(block), _columns);

    private OrtValue Rest(int block) => _rest.View(0, _members, Count(block), _columns);

    private OrtValue Corner(int block) => _hostCorners.View(0, _members, Count(block), Count(block));

    private OrtValue Added(int block) => _hostValues.View(0, _members, Count(block), _rows);

    private OrtValue Columns(int first, int count) => _factors.View((long)first * _members * _columns, count, _members, _columns);

    private static OrtValue Place(long value) => OrtValue.CreateTensorValueFromMemory([value], [1]);

    private static OrtValue Number(float value) => OrtValue.CreateTensorValueFromMemory([value], [1]);

    private DeviceBuffer Allocate(long floats) => Keep(_engine.Memory.Allocate(floats));

    private DeviceBuffer AllocateHost(long floats) => Keep(_engine.Memory.AllocateHost(floats));

    private DeviceBuffer Keep(DeviceBuffer buffer)
    {
        _buffers.Add(buffer);
        return buffer;
    }
}
