using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntimeGenAI;

namespace ModelPack.Tests.Support;

/// <summary>An exported folder that ONNX Runtime GenAI has loaded.</summary>
internal sealed class GenAi : IDisposable
{
    // GenAI must be shut down before the process ends, else its end is a crash.
    private static readonly Lazy<OgaHandle> Library = new(static () =>
    {
        // It looks for ONNX Runtime among the libraries that are loaded already.
        _ = OrtEnv.Instance();
        OgaHandle handle = new();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => handle.Dispose();
        return handle;
    });

    private readonly Model _model;
    private readonly Tokenizer _tokenizer;

    private GenAi(Model model, Tokenizer tokenizer) => (_model, _tokenizer) = (model, tokenizer);

    /// <summary>Loads a folder with genai_config.json, the model and tokenizer files.</summary>
    /// <exception cref="OnnxRuntimeGenAIException">GenAI refuses the folder; the message has its words.</exception>
    public static GenAi Load(string folder)
    {
        _ = Library.Value;
        Model model = Create<Model>(folder);
        try
        {
            return new(model, Create<Tokenizer>(model));
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Token ids of a text; special tokens are recognized by their spelling, none is added.</summary>
    public int[] Tokenize(string text)
    {
        using Sequences sequences = _tokenizer.Encode(text);
        return sequences[0].ToArray();
    }

    /// <summary>Text of tokens.</summary>
    public string Detokenize(ReadOnlySpan<int> tokens) => _tokenizer.Decode(tokens);

    /// <summary>Continues token ids greedily.</summary>
    /// <param name="prompt">The ids.</param>
    /// <param name="tokens">How many at most; fewer when a token comes that ends the text, which is part of the result.</param>
    /// <returns>The continuation without the prompt.</returns>
    public int[] Generate(ReadOnlySpan<int> prompt, int tokens)
    {
        using GeneratorParams options = Create<GeneratorParams>(_model);
        options.SetSearchOption("max_length", prompt.Length + tokens);
        options.SetSearchOption("do_sample", false);
        using Generator generator = Create<Generator>(_model, options);
        generator.AppendTokens(prompt);
        while (!generator.IsDone())
        {
            generator.GenerateNextToken();
        }

        return generator.GetSequence(0)[prompt.Length..].ToArray();
    }

    /// <summary>Continues a text greedily.</summary>
    public string Generate(string prompt, int tokens) => Detokenize(Generate(Tokenize(prompt), tokens));

    /// <summary>A conversation as the folder's own chat template spells it, ready for the assistant's answer.</summary>
    /// <param name="messages">JSON: <c>[{"role": "user", "content": "…"}]</c>.</param>
    public string ApplyChatTemplate(string messages) => _tokenizer.ApplyChatTemplate(null, messages, null, true);

    public void Dispose()
    {
        _tokenizer.Dispose();
        _model.Dispose();
    }

    /// <summary>Runs a constructor of GenAI's. When one throws, the finalizer of its object would free a null handle and end the process.</summary>
    [SuppressMessage("Usage", "CA1816", Justification = "The object is GenAI's; its finalizer is what must not run.")]
    private static T Create<T>(params object[] arguments)
        where T : class
    {
        T made = (T)RuntimeHelpers.GetUninitializedObject(typeof(T));
        GC.SuppressFinalize(made);
        ConstructorInfo constructor = typeof(T).GetConstructor([.. arguments.Select(static a => a.GetType())])!;
        constructor.Invoke(made, BindingFlags.DoNotWrapExceptions, null, arguments, null);
        return made;
    }
}
