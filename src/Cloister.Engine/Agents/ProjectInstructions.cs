using System.Text;

namespace Cloister.Agents;

/// <summary>
/// What the project itself tells every agent: the nearest CLAUDE.md or AGENTS.md with its <c>@imports</c>, as text. Nothing outside the
/// repository is read, whatever the files say.
/// </summary>
/// <param name="Text">All of it; empty when there is none. Untrusted text.</param>
/// <param name="Files">The files it came from, relative to the repository.</param>
/// <param name="Notes">What was left out, and why.</param>
internal sealed record ProjectInstructions(string Text, IReadOnlyList<string> Files, IReadOnlyList<string> Notes)
{
    private static readonly string[] Names = ["CLAUDE.md", "AGENTS.md"];

    /// <summary>For tasks that do without.</summary>
    public static ProjectInstructions None { get; } = new("", [], []);

    /// <summary>Reads the instructions that hold for a folder.</summary>
    /// <param name="workspace">Where the agent works; its parents are searched up to the top of the repository.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    public static async Task<ProjectInstructions> LoadAsync(string workspace, CancellationToken cancellationToken)
    {
        var top = ProjectFolders.Top(workspace);
        var nearest = ProjectFolders.Upwards(workspace)
            .SelectMany(_ => Names, (folder, name) => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);
        if (nearest is null)
            return None;
        var reader = new InstructionReader(top);
        var text = new StringBuilder();
        await reader.AppendAsync(text, nearest, cancellationToken);
        return new ProjectInstructions(text.ToString().Trim(), reader.Files, reader.Notes);
    }
}
