using System.Text;
using System.Text.RegularExpressions;

namespace Cloister.Agents;

/// <summary>Follows the imports of an instruction file inside one folder.</summary>
internal sealed partial class InstructionReader(string top)
{
    // Claude Code's own depth.
    private const int DeepestImport = 5;
    private const int MostFiles = 50;

    // About 50,000 tokens: instructions that take a quarter of a window are a mistake.
    private const int LargestTotal = 200_000;

    private readonly List<string> _files = [];
    private readonly List<string> _notes = [];
    private int _bytes;

    public IReadOnlyList<string> Files => _files;

    public IReadOnlyList<string> Notes => _notes;

    /// <summary>Appends a file and, after it, what it imports.</summary>
    public Task AppendAsync(StringBuilder text, string path, CancellationToken cancellationToken) => AppendAsync(text, path, 0, cancellationToken);

    private async Task AppendAsync(StringBuilder text, string path, int depth, CancellationToken cancellationToken)
    {
        var relative = Path.GetRelativePath(top, path);
        if (Refusal(path, relative, depth) is { } why)
        {
            _notes.Add($"{relative} was left out: {why}");
            return;
        }

        _files.Add(relative);
        var content = Encoding.UTF8.GetString(await File.ReadAllBytesAsync(path, cancellationToken)).TrimStart('\uFEFF');
        text.Append("## ").AppendLine(relative).AppendLine(content.TrimEnd()).AppendLine();
        foreach (var import in Imports(content))
        {
            var target = Path.GetFullPath(import, Path.GetDirectoryName(path)!);
            if (!_files.Contains(Path.GetRelativePath(top, target), StringComparer.Ordinal))
                await AppendAsync(text, target, depth + 1, cancellationToken);
        }
    }

    private string? Refusal(string path, string relative, int depth)
    {
        if (relative == ".." || relative.StartsWith("../", StringComparison.Ordinal) || Path.IsPathRooted(relative))
            return "it is outside the repository";
        if (GoesThroughLink(path))
            return "a link leads to it";
        var file = new FileInfo(path);
        if (!file.Exists)
            return "there is no such file";
        if (depth > DeepestImport)
            return $"imports go deeper than {DeepestImport}";
        if (_files.Count >= MostFiles)
            return $"more than {MostFiles} files";
        if (_bytes + file.Length > LargestTotal)
            return $"all instructions together are larger than {LargestTotal / 1000} KB";
        _bytes += (int)file.Length;
        return null;
    }

    private bool GoesThroughLink(string path)
    {
        for (var at = path; at is not null && at.Length > top.Length; at = Path.GetDirectoryName(at))
        {
            if (new FileInfo(at).LinkTarget is not null)
                return true;
        }

        return false;
    }

    // "@docs/style.md" at the start of a line or after a blank, outside of code; home folders are not the project's to read.
    private static IEnumerable<string> Imports(string content)
    {
        var code = false;
        foreach (var line in content.Split('\n'))
        {
            if (line.TrimStart().StartsWith("```", StringComparison.Ordinal))
                code = !code;
            if (code)
                continue;
            foreach (Match match in Import().Matches(InlineCode().Replace(line, "")))
                yield return match.Groups["path"].Value;
        }
    }

    [GeneratedRegex(@"(?:^|\s)@(?<path>(?:\.{1,2}/|/|~/)?[A-Za-z0-9_.-][A-Za-z0-9_./-]*\.[A-Za-z0-9]+)", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Import();

    [GeneratedRegex("`[^`]*`", RegexOptions.NonBacktracking)]
    private static partial Regex InlineCode();
}
