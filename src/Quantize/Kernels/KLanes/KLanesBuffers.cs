using System.Runtime.CompilerServices;

namespace ModelPack.Quantize.Kernels.KLanes;

/// <summary>Memory of <see cref="KLanesEncoder{TBlock, TWide}"/>, at cache line boundaries of a fixed address.</summary>
internal unsafe struct KLanesBuffers
{
    private const int Runs = 16 * 16;

    private fixed float _rows[AffineLanes.RowFloats];
    private fixed float _scales[Runs];
    private fixed float _minimums[Runs];
    private fixed float _totals[Runs];
    private fixed float _levelInverses[Runs];
    private fixed float _levelMins[Runs];

    /// <summary>Weights of 16 runs, rows of 16.</summary>
    public readonly float* X => (float*)Unsafe.AsPointer(ref Unsafe.AsRef(in _rows[0]));

    /// <summary>Importance of 16 runs, rows of 16.</summary>
    public readonly float* Importance => X + AffineLanes.ImportanceAt;

    /// <summary>As many floats behind both.</summary>
    public readonly float* Room => X + (2 * AffineLanes.ImportanceAt);

    /// <summary>One a run, as the next two.</summary>
    public readonly float* Scales => (float*)Unsafe.AsPointer(ref Unsafe.AsRef(in _scales[0]));

    public readonly float* Minimums => (float*)Unsafe.AsPointer(ref Unsafe.AsRef(in _minimums[0]));

    public readonly float* Totals => (float*)Unsafe.AsPointer(ref Unsafe.AsRef(in _totals[0]));

    /// <summary>Clears buffers in unmanaged memory of their size and 63 bytes more.</summary>
    public static ref KLanesBuffers At(byte* memory)
    {
        ref KLanesBuffers buffers = ref Unsafe.AsRef<KLanesBuffers>((void*)(((nuint)memory + 63) & ~(nuint)63));
        buffers = default;
        return ref buffers;
    }

    /// <summary>Keeps what was found for 16 runs.</summary>
    public void Keep<TWide>(int run, in AffineLanes<TWide> found)
        where TWide : unmanaged, IWide<TWide>
    {
        found.Scale.Store(Scales + run);
        found.Minimum.Store(Minimums + run);
        found.LevelInverse.Store((float*)Unsafe.AsPointer(ref _levelInverses[run]));
        found.LevelMin.Store((float*)Unsafe.AsPointer(ref _levelMins[run]));
    }

    /// <summary>How the levels of a run follow from its weights.</summary>
    public readonly (float Inverse, float Min) LevelsOf(int run) => (_levelInverses[run], _levelMins[run]);
}
