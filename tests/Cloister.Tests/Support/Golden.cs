namespace Cloister.Tests.Support;

/// <summary>Files that people or programs read: a difference fails, and <c>CLOISTER_UPDATE_GOLDEN=1</c> writes them anew.</summary>
internal static class Golden
{
    private const string UpdateVariable = "CLOISTER_UPDATE_GOLDEN";

    /// <summary>Compares with a file of the repository, named from its root.</summary>
    public static void Matches(string path, string actual)
    {
        var full = Path.Combine(Root(), path);
        if (Environment.GetEnvironmentVariable(UpdateVariable) is "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            File.WriteAllText(full, actual);
        }
        var expected = File.Exists(full) ? File.ReadAllText(full) : "";
        Assert.True(
            string.Equals(expected, actual, StringComparison.Ordinal),
            $"{path} differs from what the code says now; look at it with  {UpdateVariable}=1 ./test  and git diff\n{FirstDifference(expected, actual)}");
    }

    /// <summary>The repository's root: the tests run from a folder below it.</summary>
    public static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Cloister.slnx")))
            folder = Path.GetDirectoryName(folder);
        return folder ?? throw new DirectoryNotFoundException($"there is no Cloister.slnx above {AppContext.BaseDirectory}");
    }

    private static string FirstDifference(string expected, string actual)
    {
        var (was, now) = (expected.Split('\n'), actual.Split('\n'));
        var line = Enumerable.Range(0, Math.Max(was.Length, now.Length)).FirstOrDefault(i => was.ElementAtOrDefault(i) != now.ElementAtOrDefault(i));
        return $"line {line + 1}\n  file: {was.ElementAtOrDefault(line)}\n  code: {now.ElementAtOrDefault(line)}";
    }
}
