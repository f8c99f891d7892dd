using System.Globalization;
using System.Security;
using System.Text;

namespace ModelPack.Packaging.NuGet;

/// <summary>The MSBuild files of packages: a part says where it lies, the model's package joins the parts and checks the files.</summary>
/// <remarks>
/// Files that lie in one part are copied by MSBuild's own task; only files that were cut need a task of ours, whose source is in the targets.
/// Files are compared with their SHA-256 under another name, then renamed, and a mark that holds the record's digest makes the next build skip
/// all of it: times alone would keep an older version, for files of packages bear the time of the zip.
/// </remarks>
internal static class BuildTargets
{
    /// <summary>Files of a part: where its slices are, for direct references and those through other packages.</summary>
    public static IEnumerable<(string Name, byte[] Content)> OfPart(NuGetId id, int part) => Both(id.Part(part), "props", $"""
        <Project>
          <PropertyGroup>
            <{Property(id, part)}>$([MSBuild]::NormalizeDirectory('$(MSBuildThisFileDirectory)', '..', '{PackageSlice.Folder}'))</{Property(id, part)}>
          </PropertyGroup>
        </Project>

        """);

    /// <summary>Files of the model's package.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="version">Its version.</param>
    /// <param name="files">Path and digest of each file.</param>
    /// <param name="slices">What makes them, in the files' order.</param>
    /// <param name="mark">Changes whenever any file does.</param>
    public static IEnumerable<(string Name, byte[] Content)> OfModel(
        NuGetId id, string version, IReadOnlyList<(string Path, string Sha256)> files, IReadOnlyList<PackageSlice> slices, string mark)
    {
        string key = id.Key;
        HashSet<int> cut = [.. slices.Where(static s => s.Number > 1).Select(static s => s.File)];
        StringBuilder items = new();
        foreach (PackageSlice slice in slices)
        {
            string kind = cut.Contains(slice.File) ? "Slice" : "Whole";
            items.Append(CultureInfo.InvariantCulture, $"      <_ModelPack{kind}_{key} Include=\"$({Property(id, slice.Part)}){slice.Name}\" Partial=\"$(_ModelPackRoot_{key}){Escape(files[slice.File].Path)}.partial\" />\n");
        }

        foreach ((string path, string sha256) in files)
        {
            items.Append(CultureInfo.InvariantCulture, $"      <_ModelPackFile_{key} Include=\"$(_ModelPackRoot_{key}){Escape(path)}\" RelativeName=\"{Escape(path)}\" Sha256=\"{sha256}\" />\n");
        }

        string concatenate = cut.Count == 0 ? "" : $"    <{ConcatenateTask.Name} Pieces=\"@(_ModelPackSlice_{key})\" />\n";
        string text = $"""
            <Project>
              <!-- Written by modelpack: joins the files of {id.Text} {version} from its parts and checks them. -->
              <PropertyGroup>
                <ModelPackFolder Condition="'$(ModelPackFolder)' == ''">models</ModelPackFolder>
              </PropertyGroup>
              <ItemGroup>
                <ModelPackModel Include="{id.Text}" Version="{version}" Path="$(ModelPackFolder)/{id.Text}/" />
              </ItemGroup>
            {(cut.Count == 0 ? "" : ConcatenateTask.Declaration)}  <Target Name="ModelPackFiles_{key}">
                <PropertyGroup>
                  <_ModelPackRoot_{key}>$([MSBuild]::NormalizeDirectory('$(MSBuildProjectDirectory)', '$(OutDir)', '$(ModelPackFolder)', '{id.Text}'))</_ModelPackRoot_{key}>
                  <_ModelPackMark_{key}>$(_ModelPackRoot_{key}).modelpack/{mark}.joined</_ModelPackMark_{key}>
                </PropertyGroup>
                <ItemGroup>
            {items}      <FileWrites Include="@(_ModelPackFile_{key});$(_ModelPackMark_{key})" />
                </ItemGroup>
              </Target>
              <Target Name="ModelPackJoin_{key}" AfterTargets="CopyFilesToOutputDirectory" DependsOnTargets="ModelPackFiles_{key}" Condition="'$(ModelPackJoin)' != 'false'"
                      Inputs="@(_ModelPackWhole_{key});@(_ModelPackSlice_{key});$(MSBuildThisFileFullPath)" Outputs="@(_ModelPackFile_{key});$(_ModelPackMark_{key})">
                <ItemGroup>
                  <_ModelPackLost_{key} Include="@(_ModelPackWhole_{key});@(_ModelPackSlice_{key})" Condition="!Exists('%(FullPath)')" />
                  <_ModelPackOld_{key} Include="$(_ModelPackRoot_{key}).modelpack/*.joined" />
                </ItemGroup>
                <Error Condition="'@(_ModelPackLost_{key})' != ''" Code="MODELPACK001" Text="{id.Text} {version}: parts of the model are missing: @(_ModelPackLost_{key}, ', '). Restore the packages again." />
                <Delete Files="@(_ModelPackOld_{key})" />
                <Copy SourceFiles="@(_ModelPackWhole_{key})" DestinationFiles="@(_ModelPackWhole_{key}->'%(Partial)')" />
            {concatenate}    <GetFileHash Files="@(_ModelPackFile_{key}->'%(Identity).partial')" Algorithm="SHA256" HashEncoding="hex">
                  <Output TaskParameter="Items" ItemName="_ModelPackHashed_{key}" />
                </GetFileHash>
                <ItemGroup>
                  <_ModelPackBad_{key} Include="@(_ModelPackHashed_{key})" Condition="'%(FileHash)' != '%(Sha256)'" />
                </ItemGroup>
                <Delete Files="@(_ModelPackFile_{key}->'%(Identity).partial')" Condition="'@(_ModelPackBad_{key})' != ''" />
                <Error Condition="'@(_ModelPackBad_{key})' != ''" Code="MODELPACK002" Text="{id.Text} {version}: %(_ModelPackBad_{key}.RelativeName) is damaged: its SHA-256 is %(_ModelPackBad_{key}.FileHash), expected %(_ModelPackBad_{key}.Sha256). Remove the packages from NuGet's folders (dotnet nuget locals all --clear) and restore them again." />
                <Move SourceFiles="@(_ModelPackFile_{key}->'%(Identity).partial')" DestinationFiles="@(_ModelPackFile_{key})" OverwriteReadOnlyFiles="true" />
                <Touch Files="@(_ModelPackFile_{key})" />
                <MakeDir Directories="$(_ModelPackRoot_{key}).modelpack" />
                <Touch Files="$(_ModelPackMark_{key})" AlwaysCreate="true" />
                <Message Importance="high" Text="{id.Text} {version} -> $(_ModelPackRoot_{key}) ({files.Count} files, checked)" />
              </Target>
              <Target Name="ModelPackPublish_{key}" AfterTargets="ComputeResolvedFilesToPublishList" DependsOnTargets="ModelPackJoin_{key}" Condition="'$(ModelPackJoin)' != 'false'">
                <ItemGroup>
                  <ResolvedFileToPublish Include="@(_ModelPackFile_{key})" CopyToPublishDirectory="PreserveNewest" ExcludeFromSingleFile="true">
                    <RelativePath>$(ModelPackFolder)/{id.Text}/%(_ModelPackFile_{key}.RelativeName)</RelativePath>
                  </ResolvedFileToPublish>
                </ItemGroup>
              </Target>
            </Project>

            """;
        return Both(id.Text, "targets", text);
    }

    // NuGet takes "build" for projects that name the package, and "buildTransitive" for those that get it through others.
    private static IEnumerable<(string Name, byte[] Content)> Both(string id, string extension, string text)
    {
        string import = $"<Project>\n  <Import Project=\"$(MSBuildThisFileDirectory)../buildTransitive/{id}.{extension}\" />\n</Project>\n";
        return
        [
            ($"build/{id}.{extension}", Encoding.UTF8.GetBytes(import)),
            ($"buildTransitive/{id}.{extension}", Encoding.UTF8.GetBytes(text.ReplaceLineEndings("\n"))),
        ];
    }

    private static string Property(NuGetId id, int part) => string.Create(CultureInfo.InvariantCulture, $"ModelPackPart_{id.Key}_{part:D3}");

    /// <summary>A path that MSBuild takes as it is, inside of an XML attribute.</summary>
    private static string Escape(string path) =>
        SecurityElement.Escape(string.Concat(path.Select(static c => c is '%' or '$' or '@' or '\'' or '(' or ')' or ';' or '*' or '?' ? $"%{(int)c:X2}" : c.ToString())))!;
}
