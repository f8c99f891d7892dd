using System.Text.Json;
using ModelPack.Models;
using ModelPack.Models.Checkpoints;

namespace ModelPack.Tests.Models.Checkpoints;

public sealed class ModelConfigTests
{
    private const string Json = """
        {"text":"x","int":3,"float_int":4096.0,"number":1e-6,"yes":true,"nothing":null,"big":3000000000,
         "rope":{"factor":"8","list":[1,2]},"names":["a","b"],"ints":[1,"2"],"numbers":[0.5,1]}
        """;

    private readonly ModelConfig _config = new("config.json", JsonDocument.Parse(Json).RootElement);

    [Fact]
    public void Values_are_read_by_type()
    {
        Assert.Equal("x", _config.Text("text"));
        Assert.Equal(3, _config.Integer("int"));
        Assert.Equal(4096, _config.Integer("float_int"));
        Assert.Equal(1e-6, _config.Number("number"));
        Assert.True(_config.Flag("yes", whenAbsent: false));
        Assert.True(_config.Flag("none", whenAbsent: true));
        Assert.Equal([1, 2], _config.Section("rope")!.Integers("list"));
        Assert.Equal(["a", "b"], _config.Texts("names"));
        Assert.Equal(["x"], _config.Texts("text"));
        Assert.Equal([0.5, 1], _config.Numbers("numbers"));
    }

    [Theory]
    [InlineData("none")]
    [InlineData("nothing")]
    public void Null_is_absent(string key)
    {
        Assert.False(_config.Has(key));
        Assert.Null(_config.TextOrNull(key));
        Assert.Null(_config.IntegerOrNull(key));
        Assert.Null(_config.NumberOrNull(key));
        Assert.Null(_config.Section(key));
        Assert.Empty(_config.Integers(key));
        Assert.False(_config.Flag(key, whenAbsent: false));
    }

    [Theory]
    [InlineData("text", "config.json: text: \"x\"; expected an integer")]
    [InlineData("number", "config.json: number: 1e-6; expected an integer")]
    [InlineData("big", "config.json: big: 3000000000; expected an integer")]
    [InlineData("none", "config.json: none: missing; expected an integer")]
    [InlineData("nothing", "config.json: nothing: missing; expected an integer")]
    public void An_integer_that_is_none_is_named(string key, string message) =>
        Assert.Equal(message, Assert.Throws<InvalidCheckpointException>(() => _config.Integer(key)).Message);

    [Fact]
    public void Errors_name_file_path_value_and_expectation()
    {
        Assert.Equal("config.json: int: 3; expected a string", Message(() => _config.Text("int")));
        Assert.Equal("config.json: none: missing; expected a string", Message(() => _config.Text("none")));
        Assert.Equal("config.json: none: missing; expected a number", Message(() => _config.Number("none")));
        Assert.Equal("config.json: int: 3; expected true or false", Message(() => _config.Flag("int", false)));
        Assert.Equal("config.json: int: 3; expected an object", Message(() => _config.Section("int")));
        Assert.Equal("config.json: rope.factor: \"8\"; expected a number", Message(() => _config.Section("rope")!.Number("factor")));
        Assert.Equal("config.json: ints: [1,\"2\"]; expected an integer", Message(() => _config.Integers("ints")));
        Assert.Equal("config.json: int: 3; expected an array of numbers", Message(() => _config.Numbers("int")));
        Assert.Equal("config.json: ints: [1,\"2\"]; expected an array of strings", Message(() => _config.Texts("ints")));
    }

    private static string Message(Func<object?> read) => Assert.Throws<InvalidCheckpointException>(read).Message;
}
