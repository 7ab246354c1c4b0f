using System.CommandLine;
using Cloister.Agents;
using Cloister.Cli.Output;
using Cloister.SessionFiles;

namespace Cloister.Cli.Commands;

/// <summary><c>cloister agent</c>: who can do a task here, and where each comes from.</summary>
internal static class AgentVerb
{
    public static Verb Create() => new("agent", "Who can do a task here: list, show, check", run: null) { List(), Show(), Check() };

    private static Verb List() => new("list", "All agents and specialists as they hold here", async (context, cancellationToken) =>
    {
        var catalog = await LoadAsync(context, cancellationToken);
        var protocol = Protocol(context).File ?? "built-in";
        List<AgentRow> rows = [.. catalog.Agents.OrderBy(found => found.Key, StringComparer.Ordinal).Select(found => AgentRow.Of(found.Value, protocol))];
        context.Show<IReadOnlyList<AgentRow>>(rows, () => CliJson.Default.IReadOnlyListAgentRow, _ => Print(context, rows));
        context.Hint($"what agents are told that work by files: {protocol}");
        var broken = Problems(context, catalog).Count(problem => problem.IsError);
        if (broken > 0)
            context.Hint($"{Words.Count(broken, "file")} cannot be used: cloister agent check");
        return ExitCode.Ok;
    });

    private static Verb Show()
    {
        var name = new Argument<string>("NAME") { Description = "An agent or specialist" };
        return new Verb("show", "One agent: tools, model, where it comes from and what it is told", async (context, cancellationToken) =>
        {
            var catalog = await LoadAsync(context, cancellationToken);
            var found = AgentDetails.Of(catalog.Entry(context.Line.GetRequiredValue(name)));
            context.Show(found, () => CliJson.Default.AgentDetails, _ => Print(context, found));
            return ExitCode.Ok;
        })
        {
            name,
        };
    }

    private static Verb Check() => new("check", "Whether every agent file and template can be used", async (context, cancellationToken) =>
    {
        var catalog = await LoadAsync(context, cancellationToken);
        var problems = Problems(context, catalog);
        var report = new AgentCheckReport(!problems.Any(problem => problem.IsError), catalog.Agents.Count, problems);
        context.Show(report, () => CliJson.Default.AgentCheckReport, _ => Print(context, report));
        return report.Ok ? ExitCode.Ok : ExitCode.Usage;
    });

    /// <summary>What is wrong with agents, specialists, and what agents that work by files are told.</summary>
    public static IReadOnlyList<AgentFileProblem> Problems(VerbContext context, AgentCatalog catalog) => Protocol(context) is ({ } file, { } problem)
        ? [.. catalog.Problems, new AgentFileProblem(file, problem, IsError: true)]
        : catalog.Problems;

    private static (string? File, string? Problem) Protocol(VerbContext context) => FileProtocol.Find(
        ((string?[])[context.State.Templates, UserPlaces.Of(context.Environment).Templates]).OfType<string>());

    private static Task<AgentCatalog> LoadAsync(VerbContext context, CancellationToken cancellationToken) =>
        AgentCatalog.LoadAsync(context.Project, UserPlaces.Of(context.Environment), cancellationToken);

    private static void Print(VerbContext context, List<AgentRow> rows)
    {
        var table = new Table(new Column("NAME"), new Column("MODEL", Importance: 2), new Column("WRITES", Importance: 3), new Column("ORIGIN", Importance: 1), new Column("DESCRIPTION"));
        foreach (var row in rows)
            table.Add(row.Name, row.Model ?? Words.None, row.Writes ? "yes" : "no", Words.Of(row.Origin), row.Description);
        foreach (var line in table.Lines(context.Terminal.Width))
            context.Terminal.Print(line);
    }

    private static void Print(VerbContext context, AgentDetails found)
    {
        Fields.Print(context.Terminal, "name", found.Name, Tone.Strong);
        Fields.Print(context.Terminal, "description", found.Description);
        Fields.Print(context.Terminal, "model", found.Model ?? "the run's, else Claude Code's own");
        Fields.Print(context.Terminal, "tools", found.Tools is { } tools ? string.Join(", ", tools) : "the usual ones for work on code");
        Fields.Print(context.Terminal, "without", string.Join(", ", found.DisallowedTools));
        Fields.Print(context.Terminal, "writes", found.Writes ? "yes" : "no");
        Fields.Print(context.Terminal, "mode", found.PermissionMode);
        Fields.Print(context.Terminal, "turns", found.MaxTurns is { } turns ? $"at most {turns}" : null);
        Fields.Print(context.Terminal, "origin", Words.Of(found.Origin));
        Fields.Print(context.Terminal, "same as", found.SameAs);
        Fields.Print(context.Terminal, "file", Path.IsPathFullyQualified(found.Source) ? found.Source : null, Tone.Path);
        context.Terminal.Print("");
        context.Terminal.PrintText(found.Prompt);
    }

    private static void Print(VerbContext context, AgentCheckReport report)
    {
        foreach (var problem in report.Problems)
        {
            var mark = problem.IsError ? new Piece("✗", Tone.Bad) : new Piece("!", Tone.Attention);
            context.Terminal.Print(new Styled(mark, " ", new Piece(problem.Place, Tone.Path), $": {problem.Message}"));
        }
        context.Terminal.Print(report.Ok ? $"{Words.Count(report.Agents, "agent")} can be used" : $"{Words.Count(report.Problems.Count(problem => problem.IsError), "mistake")} to correct");
    }
}
