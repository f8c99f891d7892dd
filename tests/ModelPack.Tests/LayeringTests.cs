using System.Reflection;

namespace ModelPack.Tests;

public sealed class LayeringTests
{
    [Theory]
    [InlineData("ModelPack.Licensing", "")]
    [InlineData("ModelPack.Models", "")]
    [InlineData("ModelPack.Packaging", "ModelPack.Models ModelPack.Licensing")]
    [InlineData("ModelPack.Quantize", "ModelPack.Models")]
    [InlineData("ModelPack.Runtime", "ModelPack.Models ModelPack.Quantize")]
    public void A_project_uses_only_the_projects_below_it(string assembly, string allowed)
    {
        IEnumerable<string> used = Assembly.Load(assembly).GetReferencedAssemblies()
            .Select(static a => a.Name!)
            .Where(static n => n.StartsWith("ModelPack.", StringComparison.Ordinal));
        Assert.Subset(allowed.Split(' ').ToHashSet(), used.ToHashSet());
    }
}
