using Cloister.Runs;

namespace Cloister.Cli.Output;

/// <summary>Workspaces that went, could go, or stay and why.</summary>
internal static class WorkspaceTable
{
    public static void Print(Terminal terminal, RemoveReport report)
    {
        if (report.Workspaces.Count == 0)
            return;
        var table = new Table(new Column("TASK"), new Column("SIZE", AlignRight: true), new Column("", Importance: 1), new Column("WORKSPACE"));
        foreach (var workspace in report.Workspaces)
        {
            var what = workspace.Trash is not null ? new Piece("in the trash", Tone.Good) : workspace.Removed ? new Piece("removed", Tone.Good) : workspace.WhyNot is { } why ? new Piece($"kept: {why}", Tone.Attention) : "can go";
            table.Add(workspace.Task.ToString(), Words.Bytes(workspace.Bytes), what, new Piece(workspace.Trash ?? workspace.Path, Tone.Path));
        }
        foreach (var line in table.Lines(terminal.Width))
            terminal.Print(line);
    }

    /// <summary>How much is not free yet, and where a person finds it.</summary>
    public static void PrintTrash(Terminal terminal, RemoveReport report)
    {
        if (report.Trash is not { } trash)
            return;
        terminal.Print(new Styled(
            $"{Words.Count(trash.Workspaces, "workspace")} with ignored files in the trash, {Words.Bytes(trash.Bytes)}, each for {Words.Count(trash.Days, "day")}: ",
            new Piece(trash.Folder, Tone.Path)));
    }
}
