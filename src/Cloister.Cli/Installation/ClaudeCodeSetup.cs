using System.Reflection;

namespace Cloister.Cli.Installation;

/// <summary>What Claude Code needs to know of us: two commands to type, and the entry of our tools.</summary>
internal static class ClaudeCodeSetup
{
    private static readonly string[] Skills = ["spawn-coder", "spawn-reviewer"];

    /// <param name="project">The project's folder.</param>
    /// <param name="environment">Says where the user's own files are.</param>
    /// <param name="global">For all projects of the user instead of for everybody in this project.</param>
    public static IReadOnlyList<SetupFile> Propose(string project, IReadOnlyDictionary<string, string> environment, bool global)
    {
        var folder = global ? McpEntry.UserFolder(environment) : Path.Combine(project, ".claude");
        var entry = McpEntry.Propose(global ? McpEntry.UserFile(environment) : McpEntry.ProjectFile(project));
        return
        [
            .. Skills.Select(name => Skill(Path.Combine(folder, "skills", name, "SKILL.md"), TextOf(name))),
            new SetupFile(entry, IsOurs: McpEntry.IsIn(entry.Path, entry.After) || McpClient.Of(global ? "claude-code" : "project", project, environment).Has(entry.After)),
        ];
    }

    /// <summary>The command as it is typed in Claude Code: its instructions.</summary>
    public static string TextOf(string skill)
    {
        using var text = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream($"skills/{skill}")!);
        return text.ReadToEnd();
    }

    private static SetupFile Skill(string path, string text)
    {
        var file = ProposedFile.Of(path, before => before ?? text);
        return new SetupFile(file, IsOurs: file.After == text);
    }
}

/// <param name="File">What it is and would be.</param>
/// <param name="IsOurs">False when somebody has put something else there, which stays.</param>
internal sealed record SetupFile(ProposedFile File, bool IsOurs);
