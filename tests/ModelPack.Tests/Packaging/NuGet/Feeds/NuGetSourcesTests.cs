using ModelPack.Models;
using ModelPack.Packaging.NuGet.Feeds;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Packaging.NuGet.Feeds;

public sealed class NuGetSourcesTests
{
    private static readonly Uri Feed = new("https://feed.example.com/v3/index.json");

    [Fact]
    public void The_feed_s_entry_and_its_password_are_found_by_its_address()
    {
        using TempFolder folder = new();
        FeedLogin login = Find(folder, null, """
            <configuration>
              <packageSources><add key="My Feed" value="https://FEED.example.com/v3/index.json/" /><add key="other" value="https://other/" /></packageSources>
              <packageSourceCredentials>
                <other><add key="Username" value="no" /><add key="ClearTextPassword" value="no" /></other>
                <My_x0020_Feed><add key="Username" value="ci" /><add key="ClearTextPassword" value="p&amp;w" /></My_x0020_Feed>
              </packageSourceCredentials>
            </configuration>
            """)!;
        Assert.Equal(("My Feed", "ci", "p&w", false), (login.Source, login.Credential!.User, login.Credential.Secret, login.IsEncrypted));
        Assert.DoesNotContain("p&w", login.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Credentials_may_stand_in_another_file_than_the_source()
    {
        using TempFolder folder = new();
        FeedLogin login = Find(
            folder, null,
            """<configuration><packageSources><add key="f" value="https://feed.example.com/v3/index.json" /></packageSources></configuration>""",
            """<configuration><packageSourceCredentials><f><add key="Username" value="u" /><add key="ClearTextPassword" value="w" /></f></packageSourceCredentials></configuration>""")!;
        Assert.Equal("u", login.Credential!.User);
    }

    [Fact]
    public void A_password_that_is_encrypted_is_left_to_NuGet()
    {
        using TempFolder folder = new();
        FeedLogin login = Find(folder, null, """
            <configuration><packageSources><add key="f" value="https://feed.example.com/v3/index.json" /></packageSources>
            <packageSourceCredentials><f><add key="Username" value="u" /><add key="Password" value="AQAAANCM" /></f></packageSourceCredentials></configuration>
            """)!;
        Assert.Equal(("f", true), (login.Source, login.IsEncrypted));
        Assert.Null(login.Credential);
    }

    [Theory]
    [InlineData("Username=env;Password=a=b;c", "env", "a=b;c")]
    [InlineData("Username=env;Password=w;ValidAuthenticationTypes=basic", "env", "w")]
    public void The_environment_comes_before_the_files(string value, string user, string password)
    {
        using TempFolder folder = new();
        FeedLogin login = Find(folder, ("NuGetPackageSourceCredentials_f", value), """
            <configuration><packageSources><add key="f" value="https://feed.example.com/v3/index.json" /></packageSources>
            <packageSourceCredentials><f><add key="Username" value="u" /><add key="ClearTextPassword" value="file" /></f></packageSourceCredentials></configuration>
            """)!;
        Assert.Equal((user, password), (login.Credential!.User, login.Credential.Secret));
    }

    [Fact]
    public void The_nearest_file_counts_and_clear_hides_the_farther_ones()
    {
        using TempFolder folder = new();
        const string near = """<configuration><packageSources><add key="near" value="https://feed.example.com/v3/index.json" /></packageSources></configuration>""";
        const string far = """<configuration><packageSources><add key="far" value="https://feed.example.com/v3/index.json" /></packageSources></configuration>""";
        const string cleared = "<configuration><packageSources><clear /></packageSources></configuration>";
        Assert.Equal("near", Find(folder, null, near, far)!.Source);
        Assert.Null(Find(folder, null, cleared, far));
        Assert.Null(Find(folder, null, "<configuration />"));
        Assert.Null(Find(folder, null));
    }

    [Fact]
    public void A_file_that_is_no_XML_is_named_and_not_quoted()
    {
        using TempFolder folder = new();
        ModelPackException fault = Assert.Throws<ModelPackException>(() => Find(folder, null, "<configuration>\n<add key='ClearTextPassword' value='hunter2'</configuration>"));
        Assert.Contains("0.config: line 2", fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", fault.Message, StringComparison.Ordinal);
        Assert.Throws<ModelPackException>(() => Find(folder, null, "<!DOCTYPE a [<!ENTITY b 'c'>]><configuration/>"));
    }

    [Theory]
    [InlineData("nuget+https://feed/index.json", "https://feed/index.json")]
    [InlineData("nuget+http://127.0.0.1:5000/v3/index.json", "http://127.0.0.1:5000/v3/index.json")]
    public void An_address_follows_its_prefix(string text, string expected) => Assert.Equal(expected, FeedAddress.Parse(text).AbsoluteUri);

    [Theory]
    [InlineData("nuget+ftp://feed/")]
    [InlineData("nuget+feed")]
    [InlineData("https://feed/index.json")]
    [InlineData("nuget+https://ci:hunter2@feed/index.json")]
    public void What_is_no_address_is_refused_without_quoting_a_password(string text)
    {
        ModelPackException fault = Assert.Throws<ModelPackException>(() => FeedAddress.Parse(text));
        Assert.Contains("expected nuget+https://", fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", fault.Message, StringComparison.Ordinal);
    }

    private static FeedLogin? Find(TempFolder folder, (string Name, string Value)? variable, params string[] files)
    {
        string[] paths = [.. files.Select((text, i) => folder.Write($"{i}.config", TestPackage.Text(text))), folder.File("not-there.config")];
        return new NuGetSources(paths, name => name == variable?.Name ? variable.Value.Value : null).Find(Feed);
    }
}
