using ModelPack.Cli.Recipes;
using ModelPack.Licensing;
using ModelPack.Models;
using ModelPack.Quantize.Calibrated;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Cli.Recipes;

public sealed class RecipeReaderTests
{
    [Theory]
    [InlineData("to: onnx", "--to=onnx")]
    [InlineData("type: q4_k_m", "--type=q4_k_m")]
    [InlineData("type: int4", "--type=int4")]
    [InlineData("to: onnx\ntype: int8", "--to=onnx", "--type=int8")]
    [InlineData("rules: ['layers.*.experts.*.down=q6_k', layers.0=q8_0]", "--rule=layers.*.experts.*.down=q6_k", "--rule=layers.0=q8_0")]
    [InlineData("rules: [layers.0=f16]", "--rule=layers.0=f16")]
    [InlineData("calibration: {text: text.txt}", "--calibration=folder/text.txt")]
    [InlineData("calibration: {text: text.txt, tokens: 2048, context: 256}", "--calibration=folder/text.txt", "--calibration-tokens=2048", "--context=256")]
    [InlineData("method: gptq", "--method=gptq")]
    [InlineData("budget: 4GB", "--budget=4GB")]
    [InlineData("bits-per-weight: 4.75", "--bits-per-weight=4.75")]
    [InlineData("imatrix: ../im.gguf", "--imatrix=folder/../im.gguf")]
    [InlineData("device: cuda:1", "--device=cuda:1")]
    [InlineData("shrinkage: 0.5", "--shrinkage=0.5")]
    [InlineData("max-fallback: 2", "--max-fallback=2")]
    [InlineData("block-size: row", "--block-size=row")]
    [InlineData("asymmetric: true", "--asymmetric=true")]
    [InlineData("asymmetric: false")]
    [InlineData("provider: cuda", "--provider=cuda")]
    [InlineData("accuracy-level: 0", "--accuracy-level=0")]
    [InlineData("rules:\nmethods:\ncalibration:")]
    public void A_field_says_what_an_option_says(string yaml, params string[] options) =>
        Assert.Equal(options, Parse("version: 1\n" + yaml).Options.Select(static o => $"{o.Name}={o.Value}").Select(static o => o.Replace('\\', '/')));

    [Fact]
    public void Methods_keep_their_order()
    {
        Recipe recipe = Parse("version: 1\nmethods:\n  'layers.1.attention.**': importance\n  layers.1: rtn\n  head: gptq\n");
        Assert.Equal(["layers.1.attention.**: importance", "layers.1: rtn", "head: gptq"], recipe.Methods.Select(static m => m.ToString()));
    }

    [Theory]
    [InlineData("", "recipe.yml:1:1: expected one YAML document")]
    [InlineData("# nothing\n", "recipe.yml:1:1: expected one YAML document")]
    [InlineData("- version: 1", "recipe.yml:1:1: expected a mapping of fields, found a list")]
    [InlineData("to: gguf", "recipe.yml:1:1: the field 'version' is missing")]
    [InlineData("version: 2", "recipe.yml:1:10: version: '2'; expected 1")]
    [InlineData("version: 1\nto: ollama", "recipe.yml:2:5: to: 'ollama'; expected gguf, onnx")]
    [InlineData("version: 1\ntype: q9_k", "recipe.yml:2:7: type: ")]
    [InlineData("version: 1\nto: gguf\ntype: f33", "recipe.yml:3:7: type: ")]
    [InlineData("version: 1\nto: onnx\ntype: q4_k_m", "recipe.yml:3:7: type: 'q4_k_m' is a type of GGUF; ONNX has ")]
    [InlineData("version: 1\ntype: [q4_k_m]", "recipe.yml:2:7: expected a text, found a list")]
    [InlineData("version: 1\nrules: layers.0=q8_0", "recipe.yml:2:8: 'rules' must be a list, found 'layers.0=q8_0'")]
    [InlineData("version: 1\nrules:\n  - layers.0=q8_0\n  - layers.{0=q8_0", "recipe.yml:4:5: rules: rule 'layers.{0=q8_0': column 8: '{' without a '}'")]
    [InlineData("version: 1\nto: onnx\nrules: [layers.0=q6_k]", "recipe.yml:3:9: rules: rule 'layers.0=q6_k': column 10: ")]
    [InlineData("version: 1\ncalibration: text.txt", "recipe.yml:2:14: expected a mapping of fields, found 'text.txt'")]
    [InlineData("version: 1\ncalibration: {tokens: 5}", "recipe.yml:2:14: the field 'text' is missing")]
    [InlineData("version: 1\ncalibration: {text: x, tokens: many}", "recipe.yml:2:32: calibration: tokens: 'many'; expected a whole number from 1 to 1073741824")]
    [InlineData("version: 1\ncalibration: {text: x, context: 8}", "recipe.yml:2:33: calibration: context: '8'; expected a whole number from 16 to 1048576")]
    [InlineData("version: 1\ncalibration: {text: x, chunks: 8}", "recipe.yml:2:24: there is no field 'chunks' here; expected text, tokens, context")]
    [InlineData("version: 1\nmethod: best", "recipe.yml:2:9: method: 'best'; expected auto, rtn, importance, gptq")]
    [InlineData("version: 1\nmethods:\n  layers.0: x", "recipe.yml:3:13: methods: 'x' is no method; expected rtn, importance or gptq")]
    [InlineData("version: 1\nmethods:\n  layers.0: [rtn]", "recipe.yml:3:13: methods: 'a list' is no method")]
    [InlineData("version: 1\nmethods:\n  layers..0: rtn", "recipe.yml:3:3: methods: rule 'layers..0': column 8: an empty segment")]
    [InlineData("version: 1\nmethods:\n  layers.0: rtn\n  layers.0: gptq", "recipe.yml:4:3: ")]
    [InlineData("version: 1\nmethods: rtn", "recipe.yml:2:10: expected a mapping of fields, found 'rtn'")]
    [InlineData("version: 1\nbudget: 4 parsecs", "recipe.yml:2:9: budget: '4 parsecs' is no size")]
    [InlineData("version: 1\nbudget: 4GB\nbits-per-weight: 4", "recipe.yml:3:18: bits-per-weight: there is a budget already")]
    [InlineData("version: 1\nbits-per-weight: 0.5", "recipe.yml:2:18: bits-per-weight: '0.5'; expected a number from 1 to 32")]
    [InlineData("version: 1\nbits-per-weight: -4", "recipe.yml:2:18: bits-per-weight: '-4'; expected a number from 1 to 32")]
    [InlineData("version: 1\nimatrix:", "recipe.yml:2:9: expected a text, found nothing")]
    [InlineData("version: 1\ndevice: gpu", "recipe.yml:2:9: device: 'gpu'; expected auto, cpu, cuda or cuda:N")]
    [InlineData("version: 1\nshrinkage: NaN", "recipe.yml:2:12: shrinkage: 'NaN'; expected a number from 0 to 1000")]
    [InlineData("version: 1\nmax-fallback: 101", "recipe.yml:2:15: max-fallback: '101'; expected a number from 0 to 100")]
    [InlineData("version: 1\nblock-size: 48", "recipe.yml:2:13: block-size: '48'; expected 16, 32, 64, 128, 256, row")]
    [InlineData("version: 1\nasymmetric: maybe", "recipe.yml:2:13: asymmetric: 'maybe'; expected true, false")]
    [InlineData("version: 1\nprovider: tpu", "recipe.yml:2:11: provider: 'tpu'; expected cpu, cuda")]
    [InlineData("version: 1\naccuracy-level: 5", "recipe.yml:2:17: accuracy-level: '5'; expected 0, 1, 2, 3, 4")]
    [InlineData("version: 1\nthreads: 4", "recipe.yml:2:1: there is no field 'threads' here; expected version, to, type, ")]
    [InlineData("version: 1\nto: gguf\nto: onnx", "recipe.yml:3:1: ")]
    [InlineData("version: 1\nrules: [layers.0=q8_0", "recipe.yml:")]
    [InlineData("version: &one 1", "recipe.yml:1:10: the anchor '&one' is not read here")]
    [InlineData("version: !!str 1", "recipe.yml:1:10: the tag ")]
    public void A_broken_recipe_says_where_and_what_was_expected(string yaml, string message)
    {
        LicensingFileException fault = Assert.Throws<LicensingFileException>(() => RecipeReader.Parse(yaml, "recipe.yml"));
        Assert.StartsWith(message, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_huge_file_is_not_read()
    {
        using TempFolder folder = new();
        string path = folder.Write("recipe.yml", [.. "version: 1\n#"u8, .. Enumerable.Repeat((byte)'x', 256 * 1024)]);
        ModelPackException fault = Assert.Throws<ModelPackException>(() => RecipeReader.Read(path));
        Assert.Equal($"{path}:1:1: the file is longer than 262144 bytes, which is all that is read", fault.Message);
    }

    [Fact]
    public void Many_values_are_not_read()
    {
        string yaml = "version: 1\nrules: [" + string.Join(',', Enumerable.Repeat("a=q8_0", 6000)) + "]";
        LicensingFileException fault = Assert.Throws<LicensingFileException>(() => RecipeReader.Parse(yaml, "recipe.yml"));
        Assert.Contains("more than 5000 values", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_template_is_a_recipe_with_its_examples_and_without()
    {
        string[] lines = ModelPack.Cli.ProjectTemplate.All.Single(static t => t.Name == "recipe").Read().ReplaceLineEndings("\n").Split('\n');
        Assert.Equal(["--to=gguf", "--type=q4_k_m"], Parse(string.Join('\n', lines)).Options.Select(static o => $"{o.Name}={o.Value}"));

        bool IsExample(string line) => line.StartsWith("#  ", StringComparison.Ordinal) || (line.Length > 1 && line[0] == '#' && char.IsAsciiLetterLower(line[1]));
        Recipe recipe = Parse(string.Join('\n', lines.Select(l => IsExample(l) ? l[1..] : l)));
        Assert.Equal(
            [
                "--to", "--type", "--rule", "--rule", "--calibration", "--calibration-tokens", "--context", "--method", "--budget", "--imatrix",
                "--device", "--shrinkage", "--max-fallback", "--block-size", "--asymmetric", "--provider", "--accuracy-level",
            ],
            recipe.Options.Select(static o => o.Name));
        Assert.Equal(2, recipe.Methods.Count);
    }

    [Fact]
    public void The_documentation_s_example_is_a_recipe()
    {
        string[] lines = File.ReadAllLines(RepositoryFolder.Join("docs", "recipe.md"));
        int first = Array.FindIndex(lines, static l => l.StartsWith("    version: 1", StringComparison.Ordinal));
        string yaml = string.Join('\n', lines[first..].TakeWhile(static l => l.StartsWith("    ", StringComparison.Ordinal)).Select(static l => l[4..]));
        Recipe recipe = Parse(yaml);
        Assert.Equal(10, recipe.Options.Count);
        Assert.Equal("gptq; layers.*.attention: importance; layers.0: rtn", new MethodRules(ModelPack.Quantize.Solving.SolveMethod.Gptq, recipe.Methods).ToString());
    }

    private static Recipe Parse(string yaml) => RecipeReader.Parse(yaml, "folder/recipe.yml");
}
