namespace ModelPack.Packaging.NuGet;

/// <summary>Distributes files over parts: in their order; a file that fits into one part is not cut.</summary>
internal static class PartPlan
{
    /// <param name="id">For messages.</param>
    /// <param name="lengths">Bytes of each file.</param>
    /// <param name="capacity">Bytes that the entries of a part may take with their headers.</param>
    /// <returns>The slices in the files' order, which is that of the parts too.</returns>
    /// <exception cref="Models.ModelPackException">There would be more than <see cref="NuGetId.MaxParts"/> parts.</exception>
    public static IReadOnlyList<PackageSlice> Of(string id, IReadOnlyList<long> lengths, long capacity)
    {
        long overhead = StoredZip.Overhead(new PackageSlice(0, 1, 1, 0, 0).Entry);
        long largest = capacity - overhead;
        List<PackageSlice> slices = [];
        (int part, long room) = (1, capacity);
        for (int file = 0; file < lengths.Count; file++)
        {
            long length = lengths[file];
            if (length / largest > NuGetId.MaxParts)
            {
                throw NuGetFaults.TooManyParts(id, length / largest, length);
            }

            for ((long offset, int number) = (0, 1); offset < length || number == 1; number++)
            {
                long left = length - offset;
                bool fits = room >= overhead + (left <= largest && number == 1 ? left : Math.Min(left, 1));
                (part, room) = fits ? (part, room) : (part + 1, capacity);
                long bytes = Math.Min(left, room - overhead);
                slices.Add(new(file, number, part, offset, bytes));
                (offset, room) = (offset + bytes, room - overhead - bytes);
            }
        }

        return part <= NuGetId.MaxParts ? slices : throw NuGetFaults.TooManyParts(id, part, lengths.Sum());
    }
}
