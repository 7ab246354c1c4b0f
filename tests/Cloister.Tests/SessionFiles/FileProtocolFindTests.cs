using Cloister.SessionFiles;

namespace Cloister.Tests.SessionFiles;

/// <summary>A person's own text for agents that work by files, and what can be wrong with it.</summary>
public sealed class FileProtocolFindTests : IDisposable
{
    private readonly string _near = Directory.CreateTempSubdirectory("cloister-near-").FullName;
    private readonly string _far = Directory.CreateTempSubdirectory("cloister-far-").FullName;

    public void Dispose()
    {
        Directory.Delete(_near, recursive: true);
        Directory.Delete(_far, recursive: true);
    }

    [Fact]
    public void nothing_is_wrong_where_there_is_none() => Assert.Equal((null, null), FileProtocol.Find([_near, _far]));

    [Fact]
    public void the_nearest_one_stands()
    {
        Write(_far, "far {{folder}}");
        var near = Write(_near, "near {{folder}} {{session_id}} {{task_id}}");

        Assert.Equal((near, null), FileProtocol.Find([_near, _far]));
    }

    [Theory]
    [InlineData("no place at all", "it does not say {{folder}}")]
    [InlineData("{{folder}} and {{nonsense}}", "{{nonsense}} stands for nothing")]
    public void what_would_leave_an_agent_lost_is_named(string text, string problem)
    {
        Write(_near, text);

        Assert.StartsWith(problem, FileProtocol.Find([_near]).Problem, StringComparison.Ordinal);
    }

    private static string Write(string folder, string text)
    {
        var file = Path.Combine(folder, FileProtocol.RelativePath);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
        return file;
    }
}
