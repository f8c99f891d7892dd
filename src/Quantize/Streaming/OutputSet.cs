using ModelPack.Models;

namespace ModelPack.Quantize.Streaming;

/// <summary>All files of a run, and the journal beside them.</summary>
internal sealed class OutputSet : IDisposable
{
    private readonly StreamPlan _plan;
    private readonly IReadOnlyList<OutputFile> _files;
    private readonly Journal _journal;

    private OutputSet(StreamPlan plan, IReadOnlyList<OutputFile> files, Journal journal) =>
        (_plan, _files, _journal) = (plan, files, journal);

    /// <summary>Opens the files of a run.</summary>
    /// <param name="plan">What is run.</param>
    /// <param name="slices">Number of its slices.</param>
    /// <param name="resume">Whether to continue what an earlier run left, if it left anything.</param>
    /// <param name="done">Receives the slices that need not run.</param>
    /// <exception cref="ModelPackException">What was left belongs to another run, or a file cannot be written.</exception>
    public static OutputSet Open(StreamPlan plan, int slices, bool resume, out IReadOnlyList<SliceRange> done)
    {
        string path = Journal.NameFor(plan.Output);
        done = [];
        try
        {
            IReadOnlyList<(string, string)> fingerprint = plan.Fingerprint();
            if (resume && Journal.Continue(path, fingerprint, slices, out done) is { } journal)
            {
                if (plan.Files.All(IsWhole))
                {
                    return new(plan, OpenAll(plan, OutputFile.Continue, static f => f.Dispose()), journal);
                }

                journal.Dispose();
                done = [];
            }

            return Start(plan, Journal.Create(path), fingerprint);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw StreamingFaults.CannotWrite(path, e);
        }
    }

    /// <summary>Writes a slice of a tensor; safe from many threads.</summary>
    /// <param name="tensor">Whose it is.</param>
    /// <param name="slice">Which rows.</param>
    /// <param name="bytes">The bytes of its ranges, one range after the other.</param>
    /// <exception cref="ModelPackException">The disk is full, or fails.</exception>
    public void Write(IStreamedTensor tensor, Slice slice, ReadOnlySpan<byte> bytes)
    {
        foreach (StreamedRange range in tensor.Ranges)
        {
            int length = slice.Rows * range.RowBytes;
            _files[range.File].Write(range.Offset + (slice.FirstRow * range.RowBytes), bytes[..length]);
            bytes = bytes[length..];
        }
    }

    /// <summary>Brings what was written to the disk, then notes it.</summary>
    /// <param name="slices">Slices whose bytes were all written before this call.</param>
    /// <exception cref="ModelPackException">The disk is full, or fails.</exception>
    public void Secure(IReadOnlyList<int> slices)
    {
        if (slices.Count == 0)
        {
            return;
        }

        foreach (OutputFile file in _files)
        {
            file.Flush();
        }

        try
        {
            _journal.Note(SliceRange.Of(slices));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw StreamingFaults.CannotWrite(Journal.NameFor(_plan.Output), e);
        }
    }

    /// <summary>Gives all files their final names, and drops the journal.</summary>
    /// <exception cref="ModelPackException">The disk fails, or a name was taken meanwhile.</exception>
    public void Finish(bool overwrite)
    {
        foreach (OutputFile file in _files)
        {
            file.Flush();
        }

        foreach (OutputFile file in _files)
        {
            if (_plan.Folder is null)
            {
                file.Finish(overwrite);
            }
            else
            {
                file.Dispose();
            }
        }

        _plan.Folder?.Finish(overwrite);

        _journal.Drop();
    }

    public void Dispose()
    {
        _journal.Dispose();
        foreach (OutputFile file in _files)
        {
            file.Dispose();
        }
    }

    /// <summary>Makes new files. The old notes are gone before the old data: they must never speak of data that is gone.</summary>
    private static OutputSet Start(StreamPlan plan, Journal journal, IReadOnlyList<(string, string)> fingerprint)
    {
        IReadOnlyList<OutputFile> files = [];
        try
        {
            plan.Folder?.Start();
            files = OpenAll(plan, OutputFile.Create, static f => f.Discard());
            journal.Start(fingerprint);
            return new(plan, files, journal);
        }
        catch
        {
            // Nothing was done that a later run could continue.
            files.ToList().ForEach(static f => f.Discard());
            plan.Folder?.Remove();
            journal.Drop();
            throw;
        }
    }

    private static bool IsWhole(StreamFile file)
    {
        FileInfo partial = new(file.PartialPath);
        return partial.Exists && partial.Length == file.Bytes;
    }

    private static List<OutputFile> OpenAll(StreamPlan plan, Func<StreamFile, OutputFile> open, Action<OutputFile> undo)
    {
        List<OutputFile> files = [];
        try
        {
            foreach (StreamFile file in plan.Files)
            {
                files.Add(open(file));
            }

            return files;
        }
        catch
        {
            files.ForEach(undo);
            throw;
        }
    }
}
