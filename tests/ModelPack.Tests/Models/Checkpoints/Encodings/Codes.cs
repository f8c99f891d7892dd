namespace ModelPack.Tests.Models.Checkpoints.Encodings;

/// <summary>Random integers and scales, and the packings of them that tests compare with, written as plainly as can be.</summary>
internal sealed class Codes(int rows, int columns, int bits, int seed = 1)
{
    private readonly int[] _codes = Fill(rows * columns, seed, 1 << bits);

    public int Rows => rows;

    public int Columns => columns;

    /// <summary>0 to 2^bits - 1.</summary>
    public int this[int row, int column] => _codes[(row * columns) + column];

    /// <summary>Neighbors within a row share a word; <paramref name="order"/> gives the column of each place of a word.</summary>
    public int[] Across(int[]? order = null)
    {
        int perWord = 32 / bits;
        int words = (columns + perWord - 1) / perWord;
        uint[] packed = new uint[rows * words];
        for (int r = 0; r < rows; r++)
        {
            for (int w = 0; w < words; w++)
            {
                for (int place = 0; place < perWord; place++)
                {
                    int column = (w * perWord) + (order is null ? place : order[place]);
                    packed[(r * words) + w] |= column < columns ? (uint)this[r, column] << (bits * place) : 0;
                }
            }
        }

        return [.. packed.Select(static w => unchecked((int)w))];
    }

    /// <summary>Neighbors within a column share a word.</summary>
    public int[] Down()
    {
        int perWord = 32 / bits;
        int words = (rows + perWord - 1) / perWord;
        uint[] packed = new uint[words * columns];
        for (int r = 0; r < rows; r++)
        {
            for (int c = 0; c < columns; c++)
            {
                packed[(r / perWord * columns) + c] |= (uint)this[r, c] << (bits * (r % perWord));
            }
        }

        return [.. packed.Select(static w => unchecked((int)w))];
    }

    /// <summary>Scales that BF16 and F16 hold exactly, some of them negative.</summary>
    public static float[] Scales(int count, int seed = 2) =>
        [.. Fill(count, seed, 250).Select(static s => (s - 100) / 1024f)];

    /// <summary>Words needed for so many codes.</summary>
    public static int Words(int codes, int bits) => (codes + (32 / bits) - 1) / (32 / bits);

    private static int[] Fill(int count, int seed, int limit)
    {
        Random random = new(seed);
        int[] values = new int[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = random.Next(limit);
        }

        return values;
    }
}
