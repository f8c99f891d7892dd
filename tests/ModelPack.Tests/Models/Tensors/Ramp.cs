using ModelPack.Models.Tensors;

namespace ModelPack.Tests.Models.Tensors;

/// <summary>Weights that tell where they come from: row * 1000 + column + start.</summary>
internal sealed class Ramp(long rows, int columns, float start = 0, int granularity = 1, DType type = DType.F32) : PanelSource(rows, columns)
{
    public override DType NaturalType => type;

    public override int RowGranularity => granularity;

    public float At(long row, int column) => start + (row * 1000) + column;

    public override void ReadPanel(long firstRow, int rows, int firstColumn, int columns, Span<float> destination)
    {
        for (int i = 0; i < rows * columns; i++)
        {
            destination[i] = At(firstRow + (i / columns), firstColumn + (i % columns));
        }
    }
}
