using ModelPack.Models.Tokenizers;

namespace ModelPack.Tests.Support;

/// <summary>A model folder made by a test, removed with it.</summary>
internal sealed class TokenizerFolder : IDisposable
{
    private TokenizerFolder() => Directory.CreateDirectory(Path);

    public string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"tokenizer-{Guid.NewGuid():N}");

    /// <summary>A folder with these files.</summary>
    public static TokenizerFolder With(params (string Name, string Text)[] files)
    {
        TokenizerFolder folder = new();
        foreach ((string name, string text) in files)
        {
            folder.Add(name, System.Text.Encoding.UTF8.GetBytes(text));
        }

        return folder;
    }

    public TokenizerFolder Add(string name, byte[] bytes)
    {
        string path = System.IO.Path.Combine(Path, name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
        return this;
    }

    public Vocabulary Read(int size, string? preTokenizer = null) =>
        VocabularyReader.Read(Path, size, new VocabularyOptions(preTokenizer));

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
