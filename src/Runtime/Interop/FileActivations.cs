using Microsoft.Win32.SafeHandles;

namespace ModelPack.Runtime.Interop;

/// <summary>Activations in a file of raw float32, in this machine's byte order; gone with the object unless it is kept.</summary>
internal sealed unsafe class FileActivations : Activations
{
    // What one call to the system moves; a span cannot hold more than 2 GiB anyway.
    private const int MostBytes = 1 << 26;

    private readonly SafeFileHandle _file;
    private readonly bool _temporary;

    /// <param name="path">The file.</param>
    /// <param name="rows">Tokens.</param>
    /// <param name="columns">Width.</param>
    /// <param name="temporary">Delete it in the end.</param>
    public FileActivations(string path, long rows, int columns, bool temporary) : base(rows, columns)
    {
        (Path, _temporary) = (path, temporary);
        _file = Guard(() => File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite));
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <inheritdoc />
    protected override bool InPlace => false;

    /// <inheritdoc />
    public override FloatRows Open(long first, FloatRows scratch, bool read = true)
    {
        if (read)
        {
            Move(first, scratch, (span, offset) =>
            {
                if (RandomAccess.Read(_file, span, offset) is var got && got < span.Length)
                {
                    throw new EndOfStreamException($"ends at byte {offset + got}");
                }
            });
        }

        return scratch;
    }

    /// <inheritdoc />
    public override void Keep(long first, FloatRows opened) =>
        Move(first, opened, (span, offset) => RandomAccess.Write(_file, span, offset));

    /// <summary>Returns when the file would survive a power cut.</summary>
    public void Flush() => Guard(() =>
    {
        RandomAccess.FlushToDisk(_file);
        return true;
    });

    public override void Dispose()
    {
        _file.Dispose();
        if (_temporary)
        {
            File.Delete(Path);
        }
    }

    private delegate void Transfer(Span<byte> span, long offset);

    private void Move(long first, FloatRows rows, Transfer transfer)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first + rows.Count, Rows);
        long bytes = rows.Length * sizeof(float);
        Guard(() =>
        {
            for (long done = 0; done < bytes; done += MostBytes)
            {
                Span<byte> span = new((byte*)rows.Address + done, (int)Math.Min(MostBytes, bytes - done));
                transfer(span, (first * Columns * sizeof(float)) + done);
            }

            return true;
        });
    }

    private T Guard<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw RuntimeFaults.CannotKeep(Path, e);
        }
    }
}
