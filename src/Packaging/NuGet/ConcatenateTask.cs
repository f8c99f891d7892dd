namespace ModelPack.Packaging.NuGet;

/// <summary>The one MSBuild task that packages bring along, as source: nothing of MSBuild joins files byte by byte on every system.</summary>
internal static class ConcatenateTask
{
    /// <summary>Its name; another one for every change, since the first of a name counts in a build.</summary>
    public const string Name = "ModelPackConcatenate1";

    /// <summary>Declares it: writes the Pieces that have the same metadata "Partial" one after another into that file.</summary>
    public const string Declaration = $$"""
          <UsingTask TaskName="{{Name}}" TaskFactory="RoslynCodeTaskFactory" AssemblyFile="$(MSBuildToolsPath)/Microsoft.Build.Tasks.Core.dll">
            <ParameterGroup>
              <Pieces ParameterType="Microsoft.Build.Framework.ITaskItem[]" Required="true" />
            </ParameterGroup>
            <Task>
              <Using Namespace="System.IO" />
              <Code Type="Fragment" Language="cs"><![CDATA[
                FileStream output = null;
                try
                {
                    foreach (ITaskItem piece in Pieces)
                    {
                        string target = piece.GetMetadata("Partial");
                        if (output == null || output.Name != Path.GetFullPath(target))
                        {
                            if (output != null) output.Dispose();
                            Directory.CreateDirectory(Path.GetDirectoryName(target));
                            output = new FileStream(Path.GetFullPath(target), FileMode.Create, FileAccess.Write, FileShare.None, 1);
                        }
                        using (var input = new FileStream(piece.ItemSpec, FileMode.Open, FileAccess.Read, FileShare.Read, 1))
                        {
                            input.CopyTo(output, 1 << 20);
                        }
                    }
                }
                finally
                {
                    if (output != null) output.Dispose();
                }
              ]]></Code>
            </Task>
          </UsingTask>

        """;
}
