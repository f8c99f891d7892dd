namespace ModelPack.Models.Tokenizers.Encoders;

/// <summary>Symbols of a word, joined pair by pair: the pair of lowest rank first, the leftmost of equals.</summary>
/// <remarks>Short words look at every pair each time; long ones keep a heap, so that a word of n symbols costs n log n.</remarks>
internal sealed class SymbolChain
{
    private const int ShortWord = 24;

    private readonly PriorityQueue<int, ulong> _pairs = new();

    private int[] _ids = new int[64];
    private int[] _ranks = new int[64];
    private int[] _next = [];
    private int[] _previous = [];

    /// <summary>The symbols.</summary>
    public ReadOnlySpan<int> Ids => _ids.AsSpan(0, Count);

    /// <summary>How many symbols there are.</summary>
    public int Count { get; private set; }

    /// <summary>Starts a word.</summary>
    public void Clear() => Count = 0;

    /// <summary>Adds a symbol.</summary>
    public void Add(int id)
    {
        if (Count == _ids.Length)
        {
            Array.Resize(ref _ids, checked(Count * 2));
            Array.Resize(ref _ranks, _ids.Length);
        }

        _ids[Count++] = id;
    }

    /// <summary>Joins pairs until none is left that has a merge.</summary>
    public void Join(MergeTable merges)
    {
        if (Count <= ShortWord)
        {
            JoinShort(merges);
        }
        else
        {
            JoinLong(merges);
        }
    }

    private void JoinShort(MergeTable merges)
    {
        int[] ids = _ids;
        int[] ranks = _ranks;
        int pairs = Count - 1;
        for (int i = 0; i < pairs; i++)
        {
            ranks[i] = merges.RankOf(ids[i], ids[i + 1]);
        }

        while (pairs > 0)
        {
            int best = 0;
            for (int i = 1; i < pairs; i++)
            {
                best = ranks[i] < ranks[best] ? i : best;
            }

            if (ranks[best] == MergeTable.None)
            {
                break;
            }

            ids[best] = merges.WholeOf(ranks[best]);
            pairs--;
            ids.AsSpan(best + 2, pairs - best).CopyTo(ids.AsSpan(best + 1));
            if (best < pairs)
            {
                ranks.AsSpan(best + 1, pairs - best).CopyTo(ranks.AsSpan(best));
                ranks[best] = merges.RankOf(ids[best], ids[best + 1]);
            }

            if (best > 0)
            {
                ranks[best - 1] = merges.RankOf(ids[best - 1], ids[best]);
            }
        }

        Count = pairs + 1;
    }

    private void JoinLong(MergeTable merges)
    {
        if (_next.Length < Count)
        {
            _next = new int[_ids.Length];
            _previous = new int[_ids.Length];
        }

        _pairs.Clear();
        for (int i = 0; i < Count; i++)
        {
            _next[i] = i + 1;
            _previous[i] = i - 1;
        }

        for (int i = 0; i + 1 < Count; i++)
        {
            Offer(merges, i);
        }

        while (_pairs.TryDequeue(out int left, out ulong priority))
        {
            int rank = (int)(priority >> 32);
            if (_ranks[left] != rank)
            {
                continue;
            }

            int right = _next[left];
            _ids[left] = merges.WholeOf(rank);
            _next[left] = _next[right];
            _ranks[right] = MergeTable.None;
            _ids[right] = -1;
            if (_next[left] < Count)
            {
                _previous[_next[left]] = left;
            }

            Offer(merges, left);
            if (_previous[left] >= 0)
            {
                Offer(merges, _previous[left]);
            }
        }

        int count = 0;
        for (int i = 0; i < Count; i = _next[i])
        {
            _ids[count++] = _ids[i];
        }

        Count = count;
    }

    /// <summary>Sets the rank of a symbol with its next one and puts the pair on the heap.</summary>
    private void Offer(MergeTable merges, int left)
    {
        int right = _next[left];
        int rank = right < Count ? merges.RankOf(_ids[left], _ids[right]) : MergeTable.None;
        _ranks[left] = rank;
        if (rank != MergeTable.None)
        {
            _pairs.Enqueue(left, (ulong)rank << 32 | (uint)left);
        }
    }
}
