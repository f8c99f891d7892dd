using ModelPack.Runtime.Evaluation;

namespace ModelPack.Tests.Runtime.Evaluation;

public sealed class LogitRowTests
{
    [Theory]
    [InlineData(new[] { 0f }, 0)]
    [InlineData(new[] { 0f, 0f }, 0.69314718055994529)]
    [InlineData(new[] { 1000f, 1000f }, 1000.6931471805599)]
    [InlineData(new[] { -1000f, 0f }, 0)]
    public void Sums_of_exponentials_do_not_overflow(float[] logits, double expected) =>
        Assert.Equal(expected, LogitRow.LogSumExp(logits), 12);

    [Theory]
    [InlineData(new[] { 1f }, 0)]
    [InlineData(new[] { 1f, 3f, 2f }, 1)]
    [InlineData(new[] { 3f, 3f }, 0)]
    public void The_first_of_equal_tops_is_taken(float[] logits, int top) => Assert.Equal(top, LogitRow.Top(logits));

    [Fact]
    public void Divergence_is_that_of_the_textbook()
    {
        // P = (1/2, 1/2), Q = (1/4, 3/4): ½ ln 2 + ½ ln ⅔.
        float[] p = [0, 0];
        float[] q = [0, MathF.Log(3)];
        double expected = (0.5 * Math.Log(2)) + (0.5 * Math.Log(2.0 / 3));
        Assert.Equal(expected, LogitRow.Divergence(p, LogitRow.LogSumExp(p), q, LogitRow.LogSumExp(q)), 6);
        Assert.Equal(0, LogitRow.Divergence(p, LogitRow.LogSumExp(p), p, LogitRow.LogSumExp(p)));
    }

    [Fact]
    public void A_shift_of_all_logits_changes_nothing()
    {
        float[] p = [1, 2, 3];
        float[] q = [11, 12, 13];
        Assert.InRange(LogitRow.Divergence(p, LogitRow.LogSumExp(p), q, LogitRow.LogSumExp(q)), 0, 1e-12);
    }
}
