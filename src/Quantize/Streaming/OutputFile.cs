using Microsoft.Win32.SafeHandles;
using ModelPack.Models;
using ModelPack.Models.Gguf;

namespace ModelPack.Quantize.Streaming;

/// <summary>One file of the output while it is written: NAME.partial, of full size from the start, zero where unwritten.</summary>
internal sealed class OutputFile : IDisposable
{
    private readonly string _path;
    private readonly SafeFileHandle _handle;

    private OutputFile(string path, SafeFileHandle handle) => (_path, _handle) = (path, handle);

    /// <summary>Name while the file is written.</summary>
    public static string PartialName(string path) => path + ".partial";

    /// <summary>Starts a file anew, with its header.</summary>
    /// <exception cref="ModelPackException">The file cannot be written.</exception>
    public static OutputFile Create(GgufSplitPart part) => Guard(part.Path, () =>
    {
        SafeFileHandle handle = File.OpenHandle(
            PartialName(part.Path), FileMode.Create, FileAccess.ReadWrite, FileShare.Read, preallocationSize: part.Layout.TotalBytes);
        try
        {
            // Where the file system does not preallocate, the length still has to be set: padding is never written.
            RandomAccess.SetLength(handle, part.Layout.TotalBytes);
            using MemoryStream header = new();
            part.Layout.WriteHeader(header);
            RandomAccess.Write(handle, header.GetBuffer().AsSpan(0, (int)header.Length), 0);
            return new OutputFile(part.Path, handle);
        }
        catch
        {
            handle.Dispose();
            File.Delete(PartialName(part.Path));
            throw;
        }
    });

    /// <summary>Opens what an earlier run left.</summary>
    /// <exception cref="ModelPackException">The file cannot be written.</exception>
    public static OutputFile Continue(GgufSplitPart part) => Guard(part.Path, () => new OutputFile(
        part.Path, File.OpenHandle(PartialName(part.Path), FileMode.Open, FileAccess.ReadWrite, FileShare.Read)));

    /// <summary>Writes bytes at a place; safe from many threads.</summary>
    /// <exception cref="ModelPackException">The disk is full, or fails.</exception>
    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        try
        {
            RandomAccess.Write(_handle, bytes, offset);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw StreamingFaults.CannotWrite(PartialName(_path), e);
        }
    }

    /// <summary>Returns when everything written so far is on the disk.</summary>
    /// <exception cref="ModelPackException">The disk fails.</exception>
    public void Flush() => Guard(_path, () =>
    {
        RandomAccess.FlushToDisk(_handle);
        return this;
    });

    /// <summary>Closes the file and gives it its final name.</summary>
    /// <exception cref="ModelPackException">The name is taken, or cannot be given.</exception>
    public void Finish(bool overwrite)
    {
        _handle.Dispose();
        Guard(_path, () =>
        {
            File.Move(PartialName(_path), _path, overwrite);
            return this;
        });
    }

    /// <summary>Closes and removes the file.</summary>
    public void Discard()
    {
        _handle.Dispose();
        File.Delete(PartialName(_path));
    }

    public void Dispose() => _handle.Dispose();

    private static OutputFile Guard(string path, Func<OutputFile> action)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw StreamingFaults.CannotWrite(PartialName(path), e);
        }
    }
}
