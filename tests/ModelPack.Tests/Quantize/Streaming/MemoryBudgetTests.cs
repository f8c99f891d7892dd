using ModelPack.Quantize.Streaming;

namespace ModelPack.Tests.Quantize.Streaming;

public sealed class MemoryBudgetTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Never_more_is_lent_than_there_is()
    {
        MemoryBudget budget = new(100);
        Random random = new(3);
        long inUse = 0;
        long peak = 0;
        long[] sizes = [.. Enumerable.Range(0, 2000).Select(_ => (long)random.Next(1, 160))];
        ParallelOptions options = new() { MaxDegreeOfParallelism = 8, CancellationToken = Cancel };
        await Parallel.ForEachAsync(sizes, options, async (bytes, cancel) =>
        {
            using MemoryBudget.Lease lease = await budget.TakeAsync(bytes, cancel);
            long now = Interlocked.Add(ref inUse, lease.Bytes);
            for (long seen = Volatile.Read(ref peak); now > seen; seen = Volatile.Read(ref peak))
            {
                Interlocked.CompareExchange(ref peak, now, seen);
            }

            await Task.Yield();
            Interlocked.Add(ref inUse, -lease.Bytes);
        });
        Assert.InRange(peak, 1, 100);
        Assert.Equal(100, budget.Free);
    }

    [Fact]
    public async Task Requests_are_served_in_turn_even_when_a_later_one_would_fit()
    {
        MemoryBudget budget = new(100);
        MemoryBudget.Lease held = await budget.TakeAsync(60, Cancel);
        Task<MemoryBudget.Lease> large = budget.TakeAsync(80, Cancel).AsTask();
        Task<MemoryBudget.Lease> small = budget.TakeAsync(10, Cancel).AsTask();
        Assert.False(large.IsCompleted);
        Assert.False(small.IsCompleted);
        held.Dispose();
        (await large).Dispose();
        (await small).Dispose();
        Assert.Equal(100, budget.Free);
    }

    [Fact]
    public async Task A_request_above_the_limit_gets_the_whole_limit_alone()
    {
        MemoryBudget budget = new(100);
        using MemoryBudget.Lease all = await budget.TakeAsync(1000, Cancel);
        Assert.Equal((100L, 0L), (all.Bytes, budget.Free));
        Assert.False(budget.TakeAsync(1, Cancel).AsTask().IsCompleted);
    }

    [Fact]
    public async Task Who_stops_waiting_holds_nothing_and_lets_the_next_pass()
    {
        MemoryBudget budget = new(100);
        MemoryBudget.Lease held = await budget.TakeAsync(50, Cancel);
        using CancellationTokenSource cancel = new();
        Task<MemoryBudget.Lease> impatient = budget.TakeAsync(60, cancel.Token).AsTask();
        Task<MemoryBudget.Lease> patient = budget.TakeAsync(50, Cancel).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);
        (await patient).Dispose();
        held.Dispose();
        Assert.Equal(100, budget.Free);
    }

    [Fact]
    public async Task Who_is_cancelled_before_asking_gets_nothing()
    {
        MemoryBudget budget = new(100);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => budget.TakeAsync(1, new CancellationToken(true)).AsTask());
        Assert.Equal(100, budget.Free);
    }
}
