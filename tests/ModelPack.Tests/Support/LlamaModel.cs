using System.Runtime.InteropServices;
using System.Text;

namespace ModelPack.Tests.Support;

/// <summary>A model loaded by libllama. Safe to use from parallel tests: calls take turns.</summary>
/// <remarks>
/// Numbers are those of the golden logits: CPU, one sequence, f32 key and value cache, no flash attention. One thread unless told otherwise,
/// because ggml's threads spin while they wait: on a busy machine two are a hundred times slower than one. Results are the same.
/// </remarks>
internal sealed unsafe class LlamaModel : IDisposable
{
    private const int SmallestContext = 512;

    private nint _model;
    private nint _context;
    private int _contextLength;

    internal LlamaModel(nint model) => (_model, Vocabulary) = (model, LlamaNative.llama_model_get_vocab(model));

    /// <summary>Number of tokens, padding included.</summary>
    public int VocabularySize => LlamaNative.llama_vocab_n_tokens(Vocabulary);

    /// <summary>Token that starts a text; -1 for none.</summary>
    public int Bos => LlamaNative.llama_vocab_bos(Vocabulary);

    /// <summary>Token that ends a text; -1 for none.</summary>
    public int Eos => LlamaNative.llama_vocab_eos(Vocabulary);

    /// <summary>Number of weights.</summary>
    public long Parameters => (long)LlamaNative.llama_model_n_params(_model);

    /// <summary>llama.cpp's one-line description: "llama 260K all F32".</summary>
    public string Description => Text((buffer, capacity) => LlamaNative.llama_model_desc(_model, (byte*)buffer, (nuint)capacity));

    /// <summary>Scalar and string metadata as llama.cpp prints it; long arrays come out cut.</summary>
    public IReadOnlyDictionary<string, string> Metadata
    {
        get
        {
            Dictionary<string, string> metadata = [];
            for (int i = 0; i < LlamaNative.llama_model_meta_count(_model); i++)
            {
                string key = Text((b, n) => LlamaNative.llama_model_meta_key_by_index(_model, i, (byte*)b, (nuint)n));
                metadata[key] = Text((b, n) => LlamaNative.llama_model_meta_val_str_by_index(_model, i, (byte*)b, (nuint)n));
            }

            return metadata;
        }
    }

    /// <summary>YaRN's beta_fast for contexts made from here on; null leaves it to the library.</summary>
    public float? YarnBetaFast { get; init; }

    /// <summary>Threads for contexts made from here on.</summary>
    public int Threads { get; set; } = 1;

    private nint Vocabulary { get; }

    /// <summary>The token's own spelling in the vocabulary.</summary>
    public string TokenText(int token) =>
        Marshal.PtrToStringUTF8((nint)LlamaNative.llama_vocab_get_text(Vocabulary, token)) ?? "";

    /// <summary>Whether generation stops at this token.</summary>
    public bool EndsGeneration(int token) => LlamaNative.llama_vocab_is_eog(Vocabulary, token) != 0;

    /// <summary>Token ids of a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="addSpecial">Add BOS and EOS where the model's metadata says so.</param>
    /// <param name="parseSpecial">Read the spelling of a control token as that token.</param>
    public int[] Tokenize(string text, bool addSpecial = false, bool parseSpecial = false)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text + "\0");
        int[] tokens = new int[utf8.Length + 8];
        lock (LlamaNative.Gate)
        {
            fixed (byte* bytes = utf8)
            fixed (int* ids = tokens)
            {
                int count = LlamaNative.llama_tokenize(
                    Vocabulary, bytes, utf8.Length - 1, ids, tokens.Length, (byte)(addSpecial ? 1 : 0), (byte)(parseSpecial ? 1 : 0));
                return count >= 0 ? tokens[..count] : throw LlamaLog.Failure($"'{text}' gives more than {tokens.Length} tokens");
            }
        }
    }

    /// <summary>Text of tokens; BOS and EOS leave no trace unless <paramref name="special"/>.</summary>
    public string Detokenize(ReadOnlySpan<int> tokens, bool special = false)
    {
        byte[] buffer = new byte[256 + (tokens.Length * 32)];
        lock (LlamaNative.Gate)
        {
            while (true)
            {
                fixed (int* ids = tokens)
                fixed (byte* text = buffer)
                {
                    int count = LlamaNative.llama_detokenize(
                        Vocabulary, ids, tokens.Length, text, buffer.Length, (byte)(special ? 0 : 1), (byte)(special ? 1 : 0));
                    if (count >= 0)
                    {
                        return Encoding.UTF8.GetString(buffer, 0, count);
                    }

                    buffer = new byte[-count];
                }
            }
        }
    }

    /// <summary>Logits at every position of one sequence, from an empty cache.</summary>
    /// <returns>Row-major [tokens, <see cref="VocabularySize"/>].</returns>
    public float[] Logits(ReadOnlySpan<int> tokens)
    {
        lock (LlamaNative.Gate)
        {
            Reset(tokens.Length);
            return Decode(tokens, 0);
        }
    }

    /// <summary>Runs windows, each from an empty cache, and collects what enters matrices as llama-imatrix does.</summary>
    public LlamaImatrix Imatrix(IEnumerable<int[]> windows)
    {
        LlamaImatrix collected = new();
        lock (LlamaNative.Gate)
        {
            LlamaNative.llama_free(_context);
            _context = 0;
            GCHandle state = GCHandle.Alloc(collected);
            try
            {
                foreach (int[] window in windows)
                {
                    Reset(window.Length, GCHandle.ToIntPtr(state));
                    Decode(window, 0);
                }
            }
            finally
            {
                LlamaNative.llama_free(_context);
                _context = 0;
                state.Free();
            }
        }

        return collected;
    }

    /// <summary>Continues a text greedily.</summary>
    /// <param name="prompt">The text, BOS added where the model wants it.</param>
    /// <param name="tokens">How many tokens at most; less when the model ends the text.</param>
    /// <returns>The continuation without the prompt.</returns>
    public string Generate(string prompt, int tokens) => Detokenize(Generate(Tokenize(prompt, addSpecial: true), tokens));

    /// <summary>Continues token ids greedily; the token that ends a text is not part of the result.</summary>
    public int[] Generate(ReadOnlySpan<int> prompt, int tokens)
    {
        List<int> generated = [];
        lock (LlamaNative.Gate)
        {
            Reset(prompt.Length + tokens);
            float[] logits = Decode(prompt, 0);
            for (int position = prompt.Length; generated.Count < tokens; position++)
            {
                int next = Best(logits.AsSpan(logits.Length - VocabularySize));
                if (EndsGeneration(next))
                {
                    break;
                }

                generated.Add(next);
                logits = Decode([next], position);
            }
        }

        return [.. generated];
    }

    public void Dispose()
    {
        lock (LlamaNative.Gate)
        {
            LlamaNative.llama_free(_context);
            LlamaNative.llama_model_free(_model);
            (_context, _model) = (0, 0);
        }
    }

    private static int Best(ReadOnlySpan<float> logits)
    {
        int best = 0;
        for (int i = 1; i < logits.Length; i++)
        {
            best = logits[i] > logits[best] ? i : best;
        }

        return best;
    }

    private static string Text(Func<nint, int, int> fill)
    {
        byte[] buffer = new byte[256];
        while (true)
        {
            fixed (byte* start = buffer)
            {
                int length = fill((nint)start, buffer.Length);
                if (length < buffer.Length)
                {
                    return Encoding.UTF8.GetString(buffer, 0, Math.Max(0, length));
                }

                buffer = new byte[length + 1];
            }
        }
    }

    /// <summary>An empty context with room for so many tokens.</summary>
    /// <param name="tokens">How many.</param>
    /// <param name="watch">A handle of a <see cref="LlamaImatrix"/> that sees what a new context computes; 0 for none.</param>
    private void Reset(int tokens, nint watch = 0)
    {
        ObjectDisposedException.ThrowIf(_model == 0, this);
        if (_context != 0 && tokens <= _contextLength)
        {
            LlamaNative.llama_memory_clear(LlamaNative.llama_get_memory(_context), 1);
            return;
        }

        LlamaNative.llama_free(_context);
        LlamaContextParams parameters;
        LlamaNative.llama_context_default_params(&parameters);
        _contextLength = Math.Max(SmallestContext, tokens);
        parameters.Context = (uint)_contextLength;
        parameters.YarnBetaFast = YarnBetaFast ?? parameters.YarnBetaFast;
        parameters.Batch = (uint)_contextLength;
        (parameters.Threads, parameters.BatchThreads) = (Threads, Threads);
        (parameters.FlashAttention, parameters.KeyType, parameters.ValueType) = (0, 0, 0);
        if (watch != 0)
        {
            delegate* unmanaged[Cdecl]<nint, byte, nint, byte> see = &LlamaImatrix.See;
            (parameters.EvaluationCallback, parameters.EvaluationState) = ((nint)see, watch);
        }

        LlamaLog.Clear();
        _context = LlamaNative.llama_init_from_model(_model, parameters);
        if (_context == 0)
        {
            throw LlamaLog.Failure("no context");
        }
    }

    private float[] Decode(ReadOnlySpan<int> tokens, int position)
    {
        int sequence = 0;
        int*[] sequences = new int*[tokens.Length];
        int[] positions = new int[tokens.Length];
        int[] counts = new int[tokens.Length];
        byte[] wanted = new byte[tokens.Length];
        for (int i = 0; i < tokens.Length; i++)
        {
            (positions[i], counts[i], wanted[i]) = (position + i, 1, 1);
            sequences[i] = &sequence;
        }

        fixed (int* ids = tokens)
        fixed (int* places = positions)
        fixed (int* ones = counts)
        fixed (int** owners = sequences)
        fixed (byte* flags = wanted)
        {
            LlamaBatch batch = new()
            {
                Count = tokens.Length,
                Tokens = ids,
                Positions = places,
                SequenceCounts = ones,
                Sequences = owners,
                WantLogits = flags,
            };
            LlamaLog.Clear();
            int status = LlamaNative.llama_decode(_context, batch);
            return status == 0
                ? new ReadOnlySpan<float>(LlamaNative.llama_get_logits(_context), checked(tokens.Length * VocabularySize)).ToArray()
                : throw LlamaLog.Failure($"llama_decode gave {status} for {tokens.Length} tokens");
        }
    }
}
