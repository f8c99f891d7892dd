using ModelPack.Models;
using ModelPack.Quantize.Budget;

namespace ModelPack.Tests.Quantize.Budget;

public sealed class KnapsackTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void The_loss_is_close_to_that_of_trying_everything_and_not_below_the_bound(int seed)
    {
        Random random = new(seed);
        BudgetItem[] items = [.. Enumerable.Range(0, 7).Select(i => Item(random, i))];
        long least = items.Sum(static i => i.Options.Min(static o => o.Bytes));
        long most = items.Sum(static i => i.Options.Max(static o => o.Bytes));
        for (int part = 0; part <= 10; part++)
        {
            long budget = least + ((most - least) * part / 10);
            Allocation allocation = Knapsack.Choose(items, budget);
            double best = Best(items, budget);
            double step = items.Max(static i => i.Options.Max(static o => o.Loss) - i.Options.Min(static o => o.Loss));
            Assert.True(allocation.Bytes <= budget);
            Assert.Equal(allocation.Bytes, items.Select((item, i) => item.Options[allocation.Choices[i]].Bytes).Sum());
            Assert.Equal(allocation.Loss, items.Select((item, i) => item.Options[allocation.Choices[i]].Loss).Sum(), 9);
            Assert.InRange(allocation.Loss, best - 1e-9, best + step);
            Assert.True(allocation.Bound <= best + 1e-9, $"bound {allocation.Bound}, best {best}");
        }
    }

    [Fact]
    public void Many_small_items_use_nearly_all_of_the_budget()
    {
        Random random = new(7);
        BudgetItem[] items = [.. Enumerable.Range(0, 400).Select(i => new BudgetItem($"{i}", 0,
            [new("int4", 1000, 16 * random.NextDouble()), new("int8", 1900, 0.001)]))];
        Allocation allocation = Knapsack.Choose(items, 600_000);
        Assert.InRange(allocation.Bytes, 594_000, 600_000);

        // What was bought is worth more than what was not.
        double cheapest = items.Where((_, i) => allocation.Choices[i] == 1).Min(static i => i.Options[0].Loss);
        Assert.True(items.Where((_, i) => allocation.Choices[i] == 0).All(i => i.Options[0].Loss <= cheapest));
    }

    [Fact]
    public void A_lower_rank_is_upgraded_first_though_it_saves_less()
    {
        BudgetItem[] items =
        [
            new("expert", 1, [new("int4", 100, 50), new("int8", 200, 0)]),
            new("attention", 0, [new("int4", 100, 1), new("int8", 200, 0)]),
        ];
        Assert.Equal([0, 1], Knapsack.Choose(items, 300).Choices);
        Assert.Equal([1, 1], Knapsack.Choose(items, 400).Choices);
    }

    [Fact]
    public void An_option_that_costs_more_and_loses_more_is_never_taken()
    {
        BudgetItem[] items = [new("a", 0, [new("good", 100, 1), new("bad", 150, 2), new("better", 300, 0.5)])];
        Assert.Equal([0], Knapsack.Choose(items, 299).Choices);
        Assert.Equal([2], Knapsack.Choose(items, 300).Choices);
    }

    [Fact]
    public void A_budget_below_the_smallest_types_is_refused_with_both_numbers()
    {
        ModelPackException fault = Assert.Throws<ModelPackException>(() => Knapsack.Choose([new("a", 0, [new("int4", 100, 1)])], 99));
        Assert.Equal("budget of 99 bytes; the smallest types take 100", fault.Message);
    }

    private static BudgetItem Item(Random random, int index)
    {
        long bytes = random.Next(10, 100);
        double loss = random.NextDouble() * 10;
        return new($"{index}", 0,
        [
            new("int4", bytes, loss),
            new("int5", bytes * 5 / 4, loss * random.NextDouble()),
            new("int8", bytes * 2, loss / 256),
        ]);
    }

    private static double Best(BudgetItem[] items, long budget)
    {
        double Try(int item, long left) => left < 0 ? double.PositiveInfinity
            : item == items.Length ? 0
            : items[item].Options.Min(o => o.Loss + Try(item + 1, left - o.Bytes));
        return Try(0, budget);
    }
}
