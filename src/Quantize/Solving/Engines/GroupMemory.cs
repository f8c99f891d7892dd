using ModelPack.Quantize.Kernels.Matrices;

namespace ModelPack.Quantize.Solving.Engines;

/// <summary>Memory that groups of Hessians take on a device and beside it.</summary>
public static class GroupMemory
{
    /// <summary>Bytes of a Gram matrix.</summary>
    public static long GramBytes(int columns) => 4L * columns * columns;

    /// <summary>The largest piece of a group: its factors, or the errors of its rows.</summary>
    public static long PieceBytes(int columns, int rows, int members) => 4L * columns * Math.Max(columns, rows) * members;

    /// <summary>Bytes that a group takes on a device, without the Gram matrices of its inputs.</summary>
    /// <param name="columns">Length of a row.</param>
    /// <param name="rows">Rows of weights of a member.</param>
    /// <param name="members">Number of Hessians.</param>
    public static long DeviceBytes(int columns, int rows, int members)
    {
        // Hessian, factor, errors. Beside them, of one block at a time: what is taken from it, what is left, and its columns of the factor
        // behind; or values and errors, each there and on its way. And once the ordering of a Hessian of two parts.
        long kept = (2L * columns * columns) + ((long)columns * rows);
        long factoring = 4L * IHessianGroup.Block * columns;
        long rounding = (2L * IHessianGroup.Block * columns) + (4L * IHessianGroup.Block * rows);
        return (4 * members * (kept + factoring + rounding)) + (5 * GramBytes(columns));
    }

    /// <summary>Bytes that a group takes in the host's memory beside weights and results.</summary>
    /// <param name="columns">Length of a row.</param>
    /// <param name="rows">Rows of weights of a member.</param>
    /// <param name="members">Number of Hessians.</param>
    /// <param name="runs">Steps of a row.</param>
    public static long HostBytes(int columns, int rows, int members, int runs)
    {
        long blocks = (columns + IHessianGroup.Block - 1) / IHessianGroup.Block;
        long corners = 4 * blocks * IHessianGroup.Block * (IHessianGroup.Block + FeedbackFactor.CornerStride);
        long lanes = rows * ((5L * columns) + (16L * runs));
        return members * (corners + lanes + (8L * IHessianGroup.Block * rows));
    }

    /// <summary>Most Hessians that fit: 0 when not even one does.</summary>
    /// <param name="columns">Length of a row.</param>
    /// <param name="rows">Rows of weights of a member.</param>
    /// <param name="runs">Steps of a row.</param>
    /// <param name="deviceBytes">Bound on the device.</param>
    /// <param name="pieceBytes">Bound on a piece.</param>
    /// <param name="hostBytes">Bound on the host; 0 for none. One Hessian is always allowed.</param>
    public static int MostMembers(int columns, int rows, int runs, long deviceBytes, long pieceBytes, long hostBytes)
    {
        long each = DeviceBytes(columns, rows, 2) - DeviceBytes(columns, rows, 1);
        long most = Math.Min((deviceBytes - (DeviceBytes(columns, rows, 1) - each)) / each, pieceBytes / PieceBytes(columns, rows, 1));
        long host = hostBytes <= 0 ? most : Math.Max(1, hostBytes / HostBytes(columns, rows, 1, runs));
        return (int)Math.Clamp(Math.Min(most, host), 0, int.MaxValue);
    }
}
