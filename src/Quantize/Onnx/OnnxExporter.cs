using System.Security.Cryptography;
using ModelPack.Models;
using ModelPack.Quantize.Streaming;

namespace ModelPack.Quantize.Onnx;

/// <summary>Runs a plan: streams the weights into the data files, and writes the rest of the folder.</summary>
public static class OnnxExporter
{
    /// <summary>Checks, before long work, that the folder may be written and fits the disk.</summary>
    /// <exception cref="ModelPackException">The name is taken or holds an input, or the disk is too small.</exception>
    public static void Check(OnnxPlan plan, bool overwrite) => OutputChecks.Run(plan.ToStream(), overwrite);

    /// <summary>Writes the folder of a plan.</summary>
    /// <param name="plan">What to write. The same plan and files give the same bytes, whatever the options.</param>
    /// <param name="source">Name of the model that is exported, for the manifest.</param>
    /// <param name="files">The small files: genai_config.json, tokenizer, model card, licences.</param>
    /// <param name="options">Threads, memory, resume, overwrite.</param>
    /// <param name="progress">Hears of every slice.</param>
    /// <param name="cancel">Stops at the next slice.</param>
    /// <exception cref="ModelPackException">
    /// The name is taken, or holds an input; the disk is full; a source cannot be read; a weight is not finite; what is to
    /// be resumed belongs to another run.
    /// </exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    /// <remarks>
    /// Until all is done there are only the folder NAME.partial and its journal beside it; a run with
    /// <see cref="StreamingOptions.Resume"/> continues there. Overwriting removes the old folder, which must be one of ours.
    /// </remarks>
    public static async Task<OnnxResult> RunAsync(
        OnnxPlan plan,
        string source,
        IReadOnlyList<OnnxFolderFile> files,
        StreamingOptions options,
        IProgress<QuantizeProgress>? progress = null,
        CancellationToken cancel = default)
    {
        StreamPlan stream = plan.ToStream();
        CheckNames(plan, files);
        List<OnnxManifestFile> written = [];
        long manifestBytes = 0;
        HashFollower hashes = new(plan, stream.Folder!.PartialPath);
        StreamOutcome outcome = await StreamRun.RunAsync(stream, options, hashes.RunAsync, CompleteAsync, progress, cancel).ConfigureAwait(false);
        return new(
            plan.Folder,
            [.. written.Select(static f => f.Name), OnnxManifest.FileName],
            written.Sum(static f => f.Bytes) + manifestBytes,
            outcome.ResumedWeights,
            [.. plan.Weights.Zip(outcome.Errors, static (w, e) => new OnnxExportedWeight(w.Name, w.Type, w.Bytes, w.Method, e?.Relative))]);

        Task CompleteAsync(CancellationToken stop)
        {
            string folder = stream.Folder!.PartialPath;
            written.Clear();
            foreach (OnnxFolderFile file in (IEnumerable<OnnxFolderFile>)[new(OnnxPlan.ModelFile, plan.Model), .. files])
            {
                Write(Path.Combine(folder, file.Name), output => output.Write(file.Content.Span));
                written.Add(new(file.Name, file.Content.Length, Convert.ToHexStringLower(SHA256.HashData(file.Content.Span))));
            }

            written.AddRange(hashes.Files);
            written.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name));
            manifestBytes = Write(Path.Combine(folder, OnnxManifest.FileName), output => OnnxManifest.Write(output, plan, source, written));
            return Task.CompletedTask;
        }
    }

    private static void CheckNames(OnnxPlan plan, IEnumerable<OnnxFolderFile> files)
    {
        HashSet<string> taken = [OnnxPlan.ModelFile, OnnxManifest.FileName, .. plan.DataFiles.Select(static f => f.Name)];
        foreach (string name in files.Select(static f => f.Name))
        {
            if (!taken.Add(name) || !FolderPath.IsInside(name))
            {
                throw new ArgumentException($"'{name}' is no name for a file of the folder.", nameof(files));
            }
        }
    }

    private static long Write(string path, Action<Stream> write)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            using FileStream file = new(path, FileMode.Create, FileAccess.Write);
            write(file);
            file.Flush(flushToDisk: true);
            return file.Length;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw StreamingFaults.CannotWrite(path, e);
        }
    }
}
