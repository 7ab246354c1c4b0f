using System.Text;
using System.Text.RegularExpressions;

namespace Cloister.SessionFiles;

/// <summary>What an agent is told that works with its engine by files only. A person may have put a text of their own in its place.</summary>
internal static partial class FileProtocol
{
    /// <summary>Its file, below a folder of templates.</summary>
    public const string RelativePath = "communication_protocols/file-based.md";

    private const string Embedded = "Cloister.SessionFiles.Protocols.file-based.md";

    // It is part of what every such agent reads first.
    private const int LargestText = 64 * 1024;

    /// <summary>The text as Cloister brings it.</summary>
    public static string Default { get; } = ReadDefault();

    /// <summary>The text for one session: the first that is in one of the folders, else the default, with the session's names in it.</summary>
    /// <param name="templates">Folders of templates that a person keeps, the nearest first.</param>
    /// <param name="folder">The session.</param>
    /// <param name="taskId">The task it works on.</param>
    public static string TextFor(IEnumerable<string> templates, SessionFolder folder, string taskId) =>
        (templates.Select(Own).OfType<string>().FirstOrDefault() ?? Default)
            .Replace("{{folder}}", folder.Path, StringComparison.Ordinal)
            .Replace("{{session_id}}", folder.Session.ToString(), StringComparison.Ordinal)
            .Replace("{{task_id}}", taskId, StringComparison.Ordinal);

    /// <summary>The file that stands in place of the default, and what is wrong with it; nothing where there is none.</summary>
    /// <param name="templates">Folders of templates that a person keeps, the nearest first.</param>
    public static (string? File, string? Problem) Find(IEnumerable<string> templates)
    {
        var own = templates.Select(folder => new FileInfo(Path.Combine(folder, RelativePath))).FirstOrDefault(file => file.Exists);
        if (own is null)
            return (null, null);
        if (own.Length > LargestText)
            return (own.FullName, $"it is larger than {LargestText / 1024} kB");
        var text = File.ReadAllText(own.FullName);
        if (!text.Contains("{{folder}}", StringComparison.Ordinal))
            return (own.FullName, "it does not say {{folder}}: an agent would not know where its messages go");
        var unknown = Placeholder().Matches(text).Select(match => match.Value).FirstOrDefault(name => name is not ("{{folder}}" or "{{session_id}}" or "{{task_id}}"));
        return (own.FullName, unknown is null ? null : $"{unknown} stands for nothing: there are {{{{folder}}}}, {{{{session_id}}}} and {{{{task_id}}}}");
    }

    [GeneratedRegex(@"\{\{[^{}\s]*\}\}", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Placeholder();

    private static string? Own(string templates)
    {
        var file = new FileInfo(Path.Combine(templates, RelativePath));
        if (!file.Exists)
            return null;
        return file.Length <= LargestText
            ? File.ReadAllText(file.FullName)
            : throw new CloisterException("template.size", $"{file.FullName} is larger than {LargestText / 1024} kB", "shorten it: every agent reads it first");
    }

    private static string ReadDefault()
    {
        using var text = typeof(FileProtocol).Assembly.GetManifestResourceStream(Embedded)!;
        using var reader = new StreamReader(text, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
