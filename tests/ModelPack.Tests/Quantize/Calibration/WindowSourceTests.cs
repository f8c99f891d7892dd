using ModelPack.Models;
using ModelPack.Quantize.Calibration;

namespace ModelPack.Tests.Quantize.Calibration;

public sealed class WindowSourceTests
{
    [Fact]
    public void Windows_run_on_from_one_document_to_the_next()
    {
        using WindowSource source = new([[1, 2, 3], [4, 5, 6, 7, 8], [9]], 4, null);
        Assert.Equal([[1, 2, 3, 4], [5, 6, 7, 8]], source.Next(5)!.All);
        Assert.Equal(2, source.Given);
        Assert.Null(source.Next(1));
    }

    [Fact]
    public void Only_as_many_documents_are_read_as_it_takes()
    {
        int read = 0;
        using WindowSource source = new(Documents(), 4, null);
        Assert.Equal([[0, 0, 0, 1]], source.Next(1)!.All);
        Assert.Equal(2, read);
        Assert.Equal([[1, 1, 2, 2]], source.Next(1)!.All);
        Assert.Equal(3, read);

        IEnumerable<int[]> Documents()
        {
            for (int i = 0; i < 100; i++)
            {
                read++;
                yield return [i, i, i];
            }
        }
    }

    [Fact]
    public void Every_window_starts_as_texts_do()
    {
        using WindowSource source = new([[7, 1, 2, 3, 4, 5, 6, 0]], 4, first: 7);
        Assert.Equal([7, 1, 2, 3], source.Next(1)!.All[0]);
        Assert.Equal([7, 5, 6, 0], source.Next(1)!.All[0]);
    }

    [Fact]
    public void A_text_without_a_window_is_refused_but_an_ended_one_is_not()
    {
        using WindowSource none = new([], 4, null);
        Assert.StartsWith("the text is empty", Assert.Throws<ModelPackException>(() => none.Next(1)).Message);
        using WindowSource few = new([[1, 2, 3]], 4, null);
        Assert.StartsWith("the text is 3 tokens long", Assert.Throws<ModelPackException>(() => few.Next(1)).Message);
    }
}
