namespace ModelPack.Runtime;

/// <summary>What a pass will need, before it starts.</summary>
/// <param name="PeakBytes">Most memory that the runner holds at once, above what the process held before; a visitor's own is not in it.</param>
/// <param name="SpilledBytes">Bytes of activations that go to files.</param>
/// <param name="ActivationBytes">Bytes of activations that stay in memory.</param>
/// <param name="WorkingSetBytes">One step's weights, and the buffers of one batch.</param>
/// <param name="ExpertsAtOnce">Most experts of a layer whose inputs a visitor sees before it completes them; 0 without experts.</param>
public sealed record PassEstimate(long PeakBytes, long SpilledBytes, long ActivationBytes, long WorkingSetBytes, int ExpertsAtOnce);
