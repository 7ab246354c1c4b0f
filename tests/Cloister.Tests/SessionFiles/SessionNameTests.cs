using Cloister.SessionFiles;

namespace Cloister.Tests.SessionFiles;

public sealed class SessionNameTests
{
    [Theory]
    [InlineData("backend")]
    [InlineData("r7-api")]
    [InlineData("7")]
    [InlineData("a.b_c-D")]
    [InlineData("a.")]
    public void a_name_is_what_can_be_a_folder_everywhere(string text) => Assert.Equal(text, SessionName.Parse(text).ToString());

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a..b")]
    [InlineData("a/b")]
    [InlineData("a\\b")]
    [InlineData("../x")]
    [InlineData("-rf")]
    [InlineData(".hidden")]
    [InlineData("a b")]
    [InlineData("a\n")]
    [InlineData("a\0")]
    [InlineData("ä")]
    [InlineData("000000000011111111112222222222333333333344444444445555555555666660000000000111111111122222222223333333333444444444455555555556666666")]
    public void anything_else_is_refused_with_the_rule(string? text)
    {
        Assert.False(SessionName.TryParse(text, out var name, out var whyNot));
        Assert.Equal((default, $"that is no name of a session: {SessionName.Rule}"), (name, whyNot));
    }
}
