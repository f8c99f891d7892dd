using ModelPack.Packaging;
using ModelPack.Packaging.Packing;

namespace ModelPack.Tests.Packaging;

public sealed class PackagePathTests
{
    [Fact]
    public void Paths_below_the_folder_are_allowed() =>
        PackagePath.Check(["model.gguf", "LICENSES/Apache-2.0.txt", "onnx/model.onnx_data", "a b/ü.json"], "test");

    [Theory]
    [InlineData("")]
    [InlineData("/etc/passwd")]
    [InlineData("../x")]
    [InlineData("a/../../x")]
    [InlineData("a/./x")]
    [InlineData("a//x")]
    [InlineData("a/")]
    [InlineData("a\\..\\x")]
    [InlineData("C:/x")]
    [InlineData("x:stream")]
    [InlineData("a\u0000b")]
    [InlineData("a\nb")]
    [InlineData("NUL")]
    [InlineData("con.txt")]
    [InlineData("trailing.")]
    [InlineData("trailing ")]
    [InlineData(".modelpack/manifest.json")]
    [InlineData("x.partial")]
    public void A_path_that_could_leave_the_folder_or_harm_it_is_refused(string path) =>
        Assert.Throws<InvalidPackageException>(() => PackagePath.Check([path], "test"));

    [Theory]
    [InlineData("a", "a")]
    [InlineData("a", "A")]
    [InlineData("a", "a/b")]
    [InlineData("A/b/c", "a/b")]
    public void Two_files_do_not_share_a_name(string first, string second) =>
        Assert.Throws<InvalidPackageException>(() => PackagePath.Check([first, second], "test"));
}
