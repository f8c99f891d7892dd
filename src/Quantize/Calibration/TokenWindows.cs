using ModelPack.Models;

namespace ModelPack.Quantize.Calibration;

/// <summary>A text cut into windows of equal length, each an independent sequence, as llama-imatrix and llama-perplexity cut it.</summary>
/// <remarks>Tokens that fill no whole window are left out. Where the tokenizer starts a text with a token, every window starts with it.</remarks>
public sealed class TokenWindows
{
    /// <summary>The shortest window that is worth anything.</summary>
    public const int ShortestContext = 4;

    private TokenWindows(int[][] windows, int context) => (All, Context) = (windows, context);

    /// <summary>The windows.</summary>
    public IReadOnlyList<int[]> All { get; }

    /// <summary>Tokens of a window.</summary>
    public int Context { get; }

    /// <summary>Tokens of all windows.</summary>
    public long Tokens => (long)All.Count * Context;

    /// <summary>First position of a window whose prediction of the next token is scored: those before have too little to go by.</summary>
    public int FirstScored => Context / 2;

    /// <summary>Scored predictions of a window; the last token predicts nothing that is known.</summary>
    public int Scored => Context - FirstScored - 1;

    /// <summary>Cuts a text.</summary>
    /// <param name="tokens">All of it, with the tokenizer's first token if it adds one.</param>
    /// <param name="context">Tokens of a window.</param>
    /// <param name="first">The token that every window starts with; null where the tokenizer adds none.</param>
    /// <param name="most">Windows at most.</param>
    /// <exception cref="ModelPackException">The text fills no window.</exception>
    public static TokenWindows Cut(ReadOnlySpan<int> tokens, int context, int? first, int most = int.MaxValue)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(context, ShortestContext);
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        int count = Math.Min(tokens.Length / context, most);
        if (count == 0)
        {
            throw new ModelPackException(tokens.Length == 0
                ? "the text is empty; expected text that fills at least one window"
                : $"the text is {tokens.Length} tokens long; expected at least the {context} tokens of one window (--context)");
        }

        int[][] windows = new int[count][];
        for (int i = 0; i < count; i++)
        {
            windows[i] = tokens.Slice(i * context, context).ToArray();
            windows[i][0] = first ?? windows[i][0];
        }

        return new(windows, context);
    }

    /// <summary>A run of the windows.</summary>
    public TokenWindows Slice(int first, int count) => new([.. All.Skip(first).Take(count)], Context);
}
