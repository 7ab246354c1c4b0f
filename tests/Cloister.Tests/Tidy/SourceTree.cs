using System.Text.RegularExpressions;

namespace Cloister.Tests.Tidy;

/// <summary>The files of this repository as a contributor sees them.</summary>
internal static class SourceTree
{
    private static readonly string[] TextKinds =
        [".cs", ".csproj", ".props", ".slnx", ".md", ".yaml", ".yml", ".json", ".mjs", ".sh", ".sql", ".txt", ".editorconfig", ".gitignore", ".gitattributes"];

    private static readonly string[] Scripts = ["cloister", "test", ".ci/run"];

    // Made, brought or recorded, not written here.
    private static readonly string[] NotOurs = [".git/", "artifacts/", ".task_orchestrator/", ".claude/", "/node_modules/", "/Recorded/", "package-lock.json"];

    public static string Root { get; } = FindRoot();

    /// <summary>Every text file written here.</summary>
    public static IReadOnlyList<SourceFile> Texts { get; } = Find();

    /// <summary>Every C# file.</summary>
    public static IEnumerable<SourceFile> Code => Texts.Where(file => file.Path.EndsWith(".cs", StringComparison.Ordinal));

    /// <summary>Every Markdown file.</summary>
    public static IEnumerable<SourceFile> Documents => Texts.Where(file => file.Path.EndsWith(".md", StringComparison.Ordinal));

    public static SourceFile File(string path) => Texts.Single(file => file.Path == path);

    private static List<SourceFile> Find() => Directory.EnumerateFiles(Root, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint })
        .Select(full => Path.GetRelativePath(Root, full).Replace('\\', '/'))
        .Where(path => path != ".git" && !NotOurs.Any(part => $"/{path}".Contains(part.StartsWith('/') ? part : $"/{part}", StringComparison.Ordinal)))
        .Where(path => Scripts.Contains(path) || TextKinds.Any(kind => path.EndsWith(kind, StringComparison.Ordinal)))
        .Order(StringComparer.Ordinal)
        .Select(path => new SourceFile(path, System.IO.File.ReadAllText(Path.Combine(Root, path))))
        .ToList();

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (System.IO.File.Exists(Path.Combine(folder.FullName, "Cloister.slnx")))
                return folder.FullName;
        }
        throw new InvalidOperationException($"{AppContext.BaseDirectory} is not inside the repository");
    }
}

/// <summary>One file.</summary>
/// <param name="Path">From the repository's root, with slashes.</param>
/// <param name="Text">All of it.</param>
internal sealed partial record SourceFile(string Path, string Text)
{
    public string Name => System.IO.Path.GetFileNameWithoutExtension(Path);

    public IReadOnlyList<string> Lines => Text.Split('\n');

    /// <summary>A C# file without its comments and with its texts empty.</summary>
    public string CodeOnly => CommentOrText().Replace(Text, match => match.Value.StartsWith('/') ? "" : "\"\"");

    [GeneratedRegex("""//[^\n]*|\"{3}.*?\"{3}|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)+'""", RegexOptions.Singleline)]
    private static partial Regex CommentOrText();
}
