using System.Runtime.InteropServices;

namespace ModelPack.Quantize.Calibration;

/// <summary>Cuts a text into windows as they are asked for; of documents only as many are read as that takes.</summary>
/// <param name="documents">Token ids, document by document; windows run on from one to the next.</param>
/// <param name="context">Tokens of a window.</param>
/// <param name="first">The token that every window starts with; null for none.</param>
public sealed class WindowSource(IEnumerable<int[]> documents, int context, int? first) : IDisposable
{
    private readonly IEnumerator<int[]> _documents = documents.GetEnumerator();
    private readonly List<int> _tokens = [];
    private bool _ended;
    private int _given;

    /// <summary>Tokens of a window.</summary>
    public int Context => context;

    /// <summary>Windows given so far.</summary>
    public int Given => _given;

    /// <summary>The next windows.</summary>
    /// <param name="most">How many at most.</param>
    /// <returns>Null when the text has ended.</returns>
    /// <exception cref="Models.ModelPackException">The text fills no window, or cannot be read.</exception>
    public TokenWindows? Next(int most)
    {
        long wanted = (long)most * context;
        while (!_ended && _tokens.Count < wanted)
        {
            if (_documents.MoveNext())
            {
                _tokens.AddRange(_documents.Current);
            }
            else
            {
                _ended = true;
            }
        }

        if (_given > 0 && _tokens.Count < context)
        {
            return null;
        }

        TokenWindows windows = TokenWindows.Cut(CollectionsMarshal.AsSpan(_tokens), context, first, most);
        _tokens.RemoveRange(0, windows.All.Count * context);
        _given += windows.All.Count;
        return windows;
    }

    public void Dispose() => _documents.Dispose();
}
