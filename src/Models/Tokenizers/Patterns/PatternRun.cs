namespace ModelPack.Models.Tokenizers.Patterns;

/// <summary>What matching needs to remember: ways not tried yet. For one thread.</summary>
internal sealed class PatternRun
{
    private Frame[] _frames = new Frame[64];

    /// <summary>Ways not tried yet.</summary>
    public int Count { get; set; }

    /// <summary>The latest way.</summary>
    public ref Frame Top => ref _frames[Count - 1];

    /// <summary>Remembers a way.</summary>
    public void Push(int step, int at, int low)
    {
        if (Count == _frames.Length)
        {
            Array.Resize(ref _frames, checked(Count * 2));
        }

        _frames[Count++] = new Frame { Step = step, At = at, Low = low };
    }

    /// <summary>A way: go on at a step and a place; Low is -1, or how far a repetition can give back.</summary>
    internal struct Frame
    {
        public int Step;
        public int At;
        public int Low;
    }
}
