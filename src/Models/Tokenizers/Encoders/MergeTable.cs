namespace ModelPack.Models.Tokenizers.Encoders;

/// <summary>Merges: pairs of symbols, their ranks and what they become. A hash table with open addressing.</summary>
internal sealed class MergeTable
{
    /// <summary>The rank of a pair that has no merge.</summary>
    public const int None = int.MaxValue;

    private const ulong Empty = ulong.MaxValue;

    private readonly ulong[] _keys;
    private readonly int[] _ranks;
    private readonly int[] _wholes;
    private readonly int _shift;

    /// <summary>Makes room.</summary>
    /// <param name="count">Number of ranks.</param>
    public MergeTable(int count)
    {
        int bits = 4;
        while (1L << bits < 2L * count)
        {
            bits++;
        }

        _shift = 64 - bits;
        _keys = new ulong[1 << bits];
        _keys.AsSpan().Fill(Empty);
        _ranks = new int[1 << bits];
        _wholes = new int[count];
    }

    /// <summary>Adds a merge.</summary>
    /// <param name="left">First symbol.</param>
    /// <param name="right">Second symbol.</param>
    /// <param name="rank">Below the count, each once.</param>
    /// <param name="whole">What the two become.</param>
    /// <param name="replaces">Whether a known pair gets the new rank; else it keeps its own.</param>
    public void Add(int left, int right, int rank, int whole, bool replaces)
    {
        _wholes[rank] = whole;
        int place = Find(left, right);
        if (_keys[place] == Empty || replaces)
        {
            _keys[place] = KeyOf(left, right);
            _ranks[place] = rank;
        }
    }

    /// <summary>Rank of a pair; <see cref="None"/> when it has no merge.</summary>
    public int RankOf(int left, int right)
    {
        int place = Find(left, right);
        return _keys[place] == Empty ? None : _ranks[place];
    }

    /// <summary>The symbol that the pair of a rank becomes.</summary>
    public int WholeOf(int rank) => _wholes[rank];

    private int Find(int left, int right)
    {
        ulong key = KeyOf(left, right);
        int place = (int)(key * 0x9E3779B97F4A7C15 >> _shift);
        while (_keys[place] != key && _keys[place] != Empty)
        {
            place = (place + 1) & (_keys.Length - 1);
        }

        return place;
    }

    private static ulong KeyOf(int left, int right) => (ulong)(uint)left << 32 | (uint)right;
}
