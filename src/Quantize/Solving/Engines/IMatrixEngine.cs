namespace ModelPack.Quantize.Solving.Engines;

/// <summary>
/// Does the large products of the solver on a device whose memory keeps the matrices between calls; only panels travel. What is
/// sequential or decides anything stays with the solver, so that rules are the same with and without an engine.
/// </summary>
/// <remarks>Implemented where ONNX Runtime is at hand: this project has no native code. Calls come from one thread at a time.</remarks>
public interface IMatrixEngine : IDisposable
{
    /// <summary>"cpu", "cuda:0": results are the same for the same name, and may differ in the last digits between two.</summary>
    string Name { get; }

    /// <summary>Bytes of the device's memory that a group may take beside the Gram matrices that exist already.</summary>
    long MemoryBytes { get; }

    /// <summary>The largest matrix, in bytes, that can be had in one piece.</summary>
    long PieceBytes { get; }

    /// <summary>A Gram matrix of zeros.</summary>
    /// <param name="columns">Length of a row.</param>
    IGramMatrix CreateGram(int columns);

    /// <summary>Room for Hessians side by side.</summary>
    /// <param name="columns">Length of a row.</param>
    /// <param name="members">Number of Hessians.</param>
    /// <param name="rows">Most rows of weights of a member.</param>
    /// <exception cref="InsufficientMemoryException">The device has not that much memory left.</exception>
    IHessianGroup Open(int columns, int members, int rows);
}
