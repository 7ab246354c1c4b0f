using Cloister.Landing;

namespace Cloister.Tests.Landing;

public sealed class ConflictRangesTests
{
    [Fact]
    public void text_that_looks_like_markers_of_others_is_text()
    {
        const string Text = """
            one
            <<<<<<< HEAD
            =======
            >>>>>>> other
            <<<<<<< ours
            a
            b
            =======
            >>>>>>> theirs
            between
            <<<<<<< ours
            =======
            c
            >>>>>>> theirs
            """;

        Assert.Equal([new ConflictRange(5, 6, 5, 4), new ConflictRange(8, 7, 6, 6)], ConflictRanges.Read(Text, "ours", "theirs"));
    }
}
