using System.Text;
using ModelPack.Models;
using ModelPack.Models.Tokenizers;
using ModelPack.Models.Tokenizers.Encoders;
using ModelPack.Models.Tokenizers.Texts;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Models.Tokenizers.Texts;

public sealed class CalibrationTextTests
{
    [Theory]
    [InlineData("a\nb", "a\nb")]
    [InlineData("a\nb\n", "a\nb")]
    [InlineData("a\n\n", "a\n")]
    [InlineData("a\r\n", "a\r")]
    [InlineData("\ufeffa", "\ufeffa")]
    public void A_plain_file_is_one_document_without_one_line_feed_at_its_end(string file, string text)
    {
        using TempFolder folder = new();
        string path = Path.Combine(folder.Path, "a.md");
        File.WriteAllBytes(path, Encoding.UTF8.GetBytes(file));
        Assert.Equal([new TextDocument(path, text, false)], CalibrationText.Open(path).Documents());
    }

    [Fact]
    public void Each_line_of_JSON_lines_is_a_document()
    {
        using TempFolder folder = new();
        string path = Path.Combine(folder.Path, "a.jsonl");
        File.WriteAllText(path, """
            {"text": "one\ntwo", "source": 1}

            {"prompt": "2 + 2 =", "completion": " 4"}
            """ + "\r\n{\"text\": \"\ud83d\ude00\"}");
        Assert.Equal(
            [("line 1", "one\ntwo"), ("line 3", "2 + 2 = 4"), ("line 4", "\ud83d\ude00")],
            CalibrationText.Open(path).Documents().Select(d => (d.Place[(path.Length + 2)..], d.Text)));
    }

    [Fact]
    public void Lines_longer_than_the_first_buffer_and_across_it_are_whole()
    {
        using TempFolder folder = new();
        string path = Path.Combine(folder.Path, "a.ndjson");
        int[] lengths = [10, 65_520, 65_536, 200_000, 1, 0, 131_072, 7];
        File.WriteAllLines(path, lengths.Select(static n => $$"""{"text":"{{new string('x', n)}}"}"""));
        Assert.Equal(lengths, CalibrationText.Open(path).Documents().Select(static d => d.Text.Length));
    }

    [Fact]
    public void A_folder_is_its_files_in_ordinal_order()
    {
        using TempFolder folder = new();
        foreach (string name in (ReadOnlySpan<string>)["b.txt", "B.txt", "a.txt", ".hidden", "10.txt", "2.txt"])
        {
            File.WriteAllText(Path.Combine(folder.Path, name), name);
        }

        Directory.CreateDirectory(Path.Combine(folder.Path, "inner"));
        Assert.Equal(["10.txt", "2.txt", "B.txt", "a.txt", "b.txt"], CalibrationText.Open(folder.Path).Documents().Select(static d => d.Text));
    }

    [Theory]
    [InlineData("{\"text\": \"a\"}\n{\"text\": ", "line 2: no valid JSON")]
    [InlineData("[1]", "line 1: no valid JSON: an array where an object was expected")]
    [InlineData("{\"text\": 3}", "line 1: text: a number where a text was expected")]
    [InlineData("{\"content\": \"a\", \"id\": 1}", "line 1: an object with 'content', 'id'; expected \"text\"")]
    [InlineData("{}", "line 1: an object with nothing in it")]
    [InlineData("{\"prompt\": \"a\"}", "line 1: an object with 'prompt'")]
    [InlineData("{\"text\": \"\\ud800\"}", "line 1: text: a lone surrogate")]
    [InlineData("\n\n{\"messages\": [{\"role\": \"user\", \"content\": \"a\"}]}", "line 3: \"messages\" need the model's chat template")]
    public void A_bad_line_is_an_error_with_file_and_line(string file, string message)
    {
        using TempFolder folder = new();
        string path = Path.Combine(folder.Path, "a.jsonl");
        File.WriteAllText(path, file);
        ModelPackException error = Assert.Throws<ModelPackException>(() => CalibrationText.Open(path).Documents().Count());
        Assert.StartsWith($"{path}: {message}", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a.txt", "ab\xff", "byte 2: not valid UTF-8")]
    [InlineData("a.txt", "", "no text in it")]
    [InlineData("a.jsonl", "", "no text in it")]
    [InlineData("a.jsonl", "{\"text\": \"\xe9\"}", "line 1: byte 10: not valid UTF-8")]
    public void A_file_that_is_empty_or_no_UTF8_is_refused(string name, string latin1, string message)
    {
        using TempFolder folder = new();
        string path = Path.Combine(folder.Path, name);
        File.WriteAllBytes(path, Encoding.Latin1.GetBytes(latin1));
        ModelPackException error = Assert.Throws<ModelPackException>(() => CalibrationText.Open(path).Documents().Count());
        Assert.StartsWith($"{path}: {message}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_without_end_is_refused_before_memory_is_full()
    {
        using TempFolder folder = new();
        string path = Path.Combine(folder.Path, "a.jsonl");
        File.WriteAllText(path, "{}\n{\"text\": \"" + new string('x', 17 << 20));
        IEnumerator<TextDocument> documents = CalibrationText.Open(path).Documents().GetEnumerator();
        Assert.Throws<ModelPackException>(() => documents.MoveNext());
        File.WriteAllText(path, "\n{\"text\": \"" + new string('x', 17 << 20));
        ModelPackException error = Assert.Throws<ModelPackException>(() => CalibrationText.Open(path).Documents().Count());
        Assert.Equal($"{path}: line 2: longer than {16 << 20} bytes", error.Message);
    }

    [Fact]
    public void A_path_to_nothing_and_an_empty_folder_are_refused()
    {
        using TempFolder folder = new();
        Assert.Contains("no such file or folder", Assert.Throws<ModelPackException>(() => CalibrationText.Open(folder.Path + "x")).Message, StringComparison.Ordinal);
        Assert.Contains("no files in this folder", Assert.Throws<ModelPackException>(() => CalibrationText.Open(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("llama31", false)]
    [InlineData("llama31", true)]
    [InlineData("trained-qwen3moe", false)]
    public void Tokens_of_a_plain_file_are_llama_cpps_of_the_whole_file(string fixture, bool parseSpecial)
    {
        string folder = SharedFolder.Require($"fixtures/{fixture}");
        using TempFolder temp = new();
        string path = Path.Combine(temp.Path, "text.txt");
        string text = File.ReadAllText(SharedFolder.Require("data/text/tinyshakespeare.txt"))[..100_000]
            + "<|eot_id|> naïve 你好 <|im_end|>\n\n";
        File.WriteAllText(path, text);
        using GgufVocabularyFile file = new(VocabularyReader.Read(folder, 2048, new VocabularyOptions()));
        int[] expected = file.Model.Tokenize(text[..^1], addSpecial: true, parseSpecial);
        Assert.Equal(expected, Assert.Single(CalibrationText.Open(path).Tokens(TextEncoder.Open(file.Gguf), parseSpecial)));
        Assert.Equal(expected, Assert.Single(CalibrationText.Open(path).Tokens(TextEncoder.Open(folder), parseSpecial)));
    }
}
