using ModelPack.Models;
using ModelPack.Packaging.S3;

namespace ModelPack.Tests.Packaging.S3;

public sealed class S3ReferenceTests
{
    private const string Digest = "sha256:0123456789012345678901234567890123456789012345678901234567890123";

    [Theory]
    [InlineData("s3://models", "models", "", null)]
    [InlineData("s3://models:1.0.0", "models", "", "1.0.0")]
    [InlineData("s3://models/team/tiny", "models", "team/tiny/", null)]
    [InlineData("s3://models/team/tiny/:latest", "models", "team/tiny/", "latest")]
    [InlineData($"s3://models/team/tiny@{Digest}", "models", "team/tiny/", Digest)]
    [InlineData($"s3://models/team/tiny:1.0.0@{Digest}", "models", "team/tiny/", Digest)]
    public void A_reference_is_a_bucket_a_prefix_and_a_target(string text, string bucket, string prefix, string? target)
    {
        S3Reference reference = S3Reference.Parse(text);
        Assert.Equal((bucket, prefix, target), (reference.Bucket, reference.Prefix, reference.Target));
    }

    [Theory]
    [InlineData("s3://")]
    [InlineData("s3://ab")]
    [InlineData("s3://Models/a")]
    [InlineData("s3://models/../a")]
    [InlineData("s3://models/a//b")]
    [InlineData("s3://models/a b")]
    [InlineData("s3://models/a:")]
    [InlineData("s3://models/a@sha256:0")]
    [InlineData("oci://models/a")]
    public void Anything_else_is_refused(string text) => Assert.Throws<ModelPackException>(() => S3Reference.Parse(text));
}
