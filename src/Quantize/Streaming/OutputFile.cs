using Microsoft.Win32.SafeHandles;
using ModelPack.Models;

namespace ModelPack.Quantize.Streaming;

/// <summary>One file of the output while it is written: NAME.partial, of full size from the start, zero where unwritten.</summary>
internal sealed class OutputFile : IDisposable
{
    private readonly StreamFile _file;
    private readonly SafeFileHandle _handle;

    private OutputFile(StreamFile file, SafeFileHandle handle) => (_file, _handle) = (file, handle);

    /// <summary>Name while the file is written.</summary>
    public static string PartialName(string path) => path + ".partial";

    /// <summary>Starts a file anew, with its header.</summary>
    /// <exception cref="ModelPackException">The file cannot be written.</exception>
    public static OutputFile Create(StreamFile file) => Guard(file, () =>
    {
        SafeFileHandle handle = File.OpenHandle(
            file.PartialPath, FileMode.Create, FileAccess.ReadWrite, FileShare.Read, preallocationSize: file.Bytes);
        try
        {
            // Where the file system does not preallocate, the length still has to be set: padding is never written.
            RandomAccess.SetLength(handle, file.Bytes);
            using MemoryStream header = new();
            file.WriteHeader?.Invoke(header);
            RandomAccess.Write(handle, header.GetBuffer().AsSpan(0, (int)header.Length), 0);
            return new OutputFile(file, handle);
        }
        catch
        {
            handle.Dispose();
            File.Delete(file.PartialPath);
            throw;
        }
    });

    /// <summary>Opens what an earlier run left.</summary>
    /// <exception cref="ModelPackException">The file cannot be written.</exception>
    public static OutputFile Continue(StreamFile file) => Guard(file, () => new OutputFile(
        file, File.OpenHandle(file.PartialPath, FileMode.Open, FileAccess.ReadWrite, FileShare.Read)));

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
            throw StreamingFaults.CannotWrite(_file.PartialPath, e);
        }
    }

    /// <summary>Returns when everything written so far is on the disk.</summary>
    /// <exception cref="ModelPackException">The disk fails.</exception>
    public void Flush() => Guard(_file, () =>
    {
        RandomAccess.FlushToDisk(_handle);
        return this;
    });

    /// <summary>Closes the file and gives it its final name.</summary>
    /// <exception cref="ModelPackException">The name is taken, or cannot be given.</exception>
    public void Finish(bool overwrite)
    {
        _handle.Dispose();
        Guard(_file, () =>
        {
            File.Move(_file.PartialPath, _file.Path, overwrite);
            return this;
        });
    }

    /// <summary>Closes and removes the file.</summary>
    public void Discard()
    {
        _handle.Dispose();
        File.Delete(_file.PartialPath);
    }

    public void Dispose() => _handle.Dispose();

    private static OutputFile Guard(StreamFile file, Func<OutputFile> action)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw StreamingFaults.CannotWrite(file.PartialPath, e);
        }
    }
}
