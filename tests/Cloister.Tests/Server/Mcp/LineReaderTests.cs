using System.Text;
using Cloister.Server.Mcp.Transport;
using FsCheck;
using FsCheck.Fluent;

namespace Cloister.Tests.Server.Mcp;

public sealed class LineReaderTests
{
    [Theory]
    [InlineData("", new string[0])]
    [InlineData("a\nb\n", new[] { "a", "b" })]
    [InlineData("a\n\nb", new[] { "a", "", "b" })]
    [InlineData("12345\n123456\n1\n", new[] { "12345", "<too long>", "1" })]
    [InlineData("1234567890123\n", new[] { "<too long>" })]
    public async Task lines_come_whole_or_not_at_all(string text, string[] lines) => Assert.Equal(lines, await LinesAsync(text, 5));

    [Fact]
    public void any_text_comes_back_in_its_lines() => Prop.ForAll<NonNull<string>>(text =>
    {
        var known = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text.Get));
        var wanted = known.Split('\n').ToList();
        if (wanted[^1].Length == 0)
            wanted.RemoveAt(wanted.Count - 1);
        return wanted.SequenceEqual(LinesAsync(text.Get, int.MaxValue).GetAwaiter().GetResult(), StringComparer.Ordinal);
    }).QuickCheckThrowOnFailure();

    private static async Task<List<string>> LinesAsync(string text, int limit)
    {
        var reader = new LineReader(new MemoryStream(Encoding.UTF8.GetBytes(text)), limit);
        var lines = new List<string>();
        while (await reader.NextAsync(CancellationToken.None) is { } line)
            lines.Add(line.TooLong ? "<too long>" : Encoding.UTF8.GetString(line.Bytes.Span));
        return lines;
    }
}
