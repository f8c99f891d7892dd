using System.Text;
using ModelPack.Models;
using ModelPack.Models.Safetensors;

namespace ModelPack.Tests.Models.Safetensors;

public sealed class SafetensorsIndexTests
{
    private const string File = "model.safetensors.index.json";

    [Fact]
    public void Files_are_listed_once_and_in_order()
    {
        SafetensorsIndex index = Parse("""{"metadata":{"total_size":3,"deep":[[1]]},"weight_map":{"b":"z.safetensors","a":"x/y.safetensors","c":"z.safetensors"},"more":1}""");
        Assert.Equal(["x/y.safetensors", "z.safetensors"], index.Files);
        Assert.Equal("z.safetensors", index.WeightMap["c"]);
    }

    [Theory]
    [InlineData("NotJson", "{\"weight_map\":{", "not valid JSON; expected an object with weight_map")]
    [InlineData("NotJson", "{} x", "not valid JSON; expected an object with weight_map")]
    [InlineData("NotJson", "", "not valid JSON; expected an object with weight_map")]
    [InlineData("NoWeightMap", "{}", "weight_map is missing; expected an object from tensor names to file names")]
    [InlineData("NoWeightMap", "[]", "weight_map is missing; expected an object from tensor names to file names")]
    [InlineData("NoWeightMap", "{\"weight_map\":[]}", "weight_map is missing; expected an object from tensor names to file names")]
    [InlineData("FileNotText", "{\"weight_map\":{\"a\":1}}", "weight_map: a: expected the name of a file")]
    [InlineData("NameRepeated", "{\"weight_map\":{\"a\":\"x.safetensors\",\"a\":\"x.safetensors\"}}", "weight_map: a: appears twice; names must be unique")]
    [InlineData("PathLeavesFolder", "{\"weight_map\":{\"a\":\"../x.safetensors\"}}", "weight_map: ../x.safetensors: expected a path inside the folder, with / and without .. or links")]
    [InlineData("PathLeavesFolder", "{\"weight_map\":{\"a\":\"/etc/x.safetensors\"}}", "weight_map: /etc/x.safetensors: expected a path inside the folder, with / and without .. or links")]
    [InlineData("PathLeavesFolder", "{\"weight_map\":{\"a\":\"a/../../x.safetensors\"}}", "weight_map: a/../../x.safetensors: expected a path inside the folder, with / and without .. or links")]
    [InlineData("PathLeavesFolder", "{\"weight_map\":{\"a\":\"..\\\\x.safetensors\"}}", "weight_map: ..\\x.safetensors: expected a path inside the folder, with / and without .. or links")]
    [InlineData("PathLeavesFolder", "{\"weight_map\":{\"a\":\"C:x.safetensors\"}}", "weight_map: C:x.safetensors: expected a path inside the folder, with / and without .. or links")]
    [InlineData("PathLeavesFolder", "{\"weight_map\":{\"a\":\"x\\u0000.safetensors\"}}", "weight_map: x?.safetensors: expected a path inside the folder, with / and without .. or links")]
    [InlineData("PathLeavesFolder", "{\"weight_map\":{\"a\":\"\"}}", "weight_map: : expected a path inside the folder, with / and without .. or links")]
    [InlineData("NotSafetensors", "{\"weight_map\":{\"a\":\"x.bin\"}}", "weight_map: x.bin: expected a .safetensors file")]
    public void A_broken_index_is_named(string member, string json, string message)
    {
        Assert.NotNull(typeof(SafetensorsIndexFaults).GetMethod(member));
        Assert.Equal($"{File}: {message}", Assert.Throws<InvalidCheckpointException>(() => Parse(json)).Message);
    }

    [Fact]
    public void A_difference_is_listed_and_capped()
    {
        SafetensorsIndex index = Parse("""{"weight_map":{"b":"x.safetensors","a":"x.safetensors","c":"x.safetensors"}}""");
        Dictionary<string, string> found = Enumerable.Range(0, 12).ToDictionary(static i => $"t{i:D2}", static _ => "x.safetensors");
        found.Add("c", "x.safetensors");
        Assert.Equal(
            $"{File}: names differ from the files'; missing in the files: a, b; missing in the index: t00, t01, t02, t03, t04, t05, t06, t07 and 4 more",
            Assert.Throws<InvalidCheckpointException>(() => index.Check(found)).Message);
    }

    [Fact]
    public void A_tensor_in_another_file_is_named() => Assert.Equal(
        $"{File}: weight_map: a: x.safetensors; the tensor is in y.safetensors",
        Assert.Throws<InvalidCheckpointException>(static () =>
            Parse("""{"weight_map":{"a":"x.safetensors"}}""").Check(new Dictionary<string, string> { ["a"] = "y.safetensors" })).Message);

    private static SafetensorsIndex Parse(string json) => SafetensorsIndex.Parse(Encoding.UTF8.GetBytes(json));
}
