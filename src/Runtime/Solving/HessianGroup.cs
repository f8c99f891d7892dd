using Microsoft.ML.OnnxRuntime;
using ModelPack.Quantize.Solving.Engines;
using ModelPack.Runtime.Graphs;
using ModelPack.Runtime.Interop;

namespace ModelPack.Runtime.Solving;

/// <summary>Hessians, factors and errors side by side, on a device.</summary>
internal sealed class HessianGroup : IHessianGroup
{
    private const int Block = IHessianGroup.Block;

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
            _hessians = new DeviceBuffer[(columns + Block - 1) / Block];
            for (int block = 0; block < _hessians.Length; block++)
            {
                _hessians[block] = Allocate((long)members * Count(block) * columns);
            }

            _factors = Allocate((long)columns * members * columns);
            _rest = Allocate((long)members * Block * columns);
            _errors = Allocate((long)columns * members * rows);
            _hostValues = AllocateHost((long)members * Block * rows);
            _hostErrors = AllocateHost((long)members * Block * rows);
            _hostCorners = AllocateHost((long)members * Block * Block);
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

        _engine.Get(("order", _columns, prior is not null), () => SolverGraphs.Order(_columns, Block, prior is not null)).Run(
            inputs, [.. _hessians.Select((h, block) => h.View((long)member * Count(block) * _columns, Count(block), _columns))]);
    }

    /// <inheritdoc/>
    public void ReadCorners(int block) => _engine.Get("corner", SolverGraphs.Corner).Run(
        [Hessian(block), Place(First(block)), Place(First(block) + Count(block))], [Corner(block)]);

    /// <inheritdoc/>
    public void Reduce(int block)
    {
        int end = First(block) + Count(block);
        if (end == _columns)
        {
            _engine.Get("copy", static () => SolverGraphs.Copy(3)).Run([Hessian(block)], [Rest(block)]);
            ReadCorners(block);
            return;
        }

        _engine.Get("reduce", SolverGraphs.Reduce).Run(
            [Columns(end, _columns - end), Place(First(block)), Place(end), Hessian(block)], [Rest(block), Corner(block)]);
    }

    /// <inheritdoc/>
    public void Solve(int block) => _engine.Get("solve", SolverGraphs.Solve).Run(
        [Corner(block), Rest(block)], [Columns(First(block), Count(block))]);

    /// <inheritdoc/>
    public void Feed(int block) => _engine.Get("feed", SolverGraphs.Feed).Run(
        [Columns(First(block), Count(block)), Place(0), Place(First(block)), _errors.View(0, First(block), _members, _rows)], [Added(block)]);

    /// <inheritdoc/>
    public void Pull(int block) => _engine.Get("pull", SolverGraphs.Pull).Run(
        [Hessian(block), _errors.View(0, _columns, _members, _rows)], [Added(block)]);

    /// <inheritdoc/>
    public void SetErrors(int block) => _engine.Get("copy", static () => SolverGraphs.Copy(3)).Run(
        [_hostErrors.View(0, Count(block), _members, _rows)],
        [_errors.View((long)First(block) * _members * _rows, Count(block), _members, _rows)]);

    /// <inheritdoc/>
    public void Dispose()
    {
        _buffers.ForEach(static b => b.Dispose());
        _buffers.Clear();
        _engine.Memory.Trim();
    }

    private static int First(int block) => block * Block;

    private int Count(int block) => Math.Min(Block, _columns - First(block));

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
