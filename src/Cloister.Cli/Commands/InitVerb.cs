using System.CommandLine;
using Cloister.Cli.Configuration;
using Cloister.Cli.Installation;
using Cloister.Cli.Output;
using Cloister.Plans;

namespace Cloister.Cli.Commands;

/// <summary><c>cloister init</c>: the state folder, a settings file, a first plan, and what Claude Code has to know. Nothing that exists is replaced.</summary>
internal static class InitVerb
{
    private const string PlanName = "example.plan.yaml";
    private const string Kept = "kept";
    private const string Wrote = "wrote";
    private const string WouldWrite = "would write";
    private const string Proposed = "proposed";

    private const string Config = """
        version: 1
        # Settings for everybody who works on this project; config.local.yaml beside it is for you alone.
        # concurrency: 4
        # budget: 10

        """;

    private const string Plan = """
        version: 1
        name: example
        goal: Learn how a plan runs.

        tasks:
          look:
            title: What is here
            agent: Explore
            approve: never
            prompt: Say in five sentences what this project is, how it is built and how it is tested.

          note:
            title: A note for newcomers
            needs: look
            prompt: |
              Write docs/first-steps.md: half a page that tells a newcomer how to build and test this project.
              Try the commands before you write them down.

        """;

    public static Verb Create()
    {
        var global = new Option<bool>("--global") { Description = "Tell Claude Code for all your projects, in your own settings, instead of in this project's" };
        return new Verb("init", "Set this project up: state folder, settings, a first plan, Claude Code", (context, _) =>
        {
            List<InitFile> files = [.. Own(context), .. ForClaudeCode(context, context.Line.GetValue(global))];
            var changed = files.Exists(file => file.Did is Wrote or WouldWrite);
            context.Show(new InitReport(changed, files), () => CliJson.Default.InitReport, _ => Print(context, files));
            var proposed = files.Exists(file => file.Did == Proposed);
            if (proposed)
                context.Hint($"{(changed ? "" : "nothing was changed: ")}what is proposed was not written; cloister init -y writes it");
            else if (!changed)
                context.Hint("this project is set up already; nothing was changed");
            if (!proposed && !McpEntry.IsFound(context.Environment))
                context.Hint("cloister is not on your PATH, where Claude Code looks for it: link it into a folder that is");
            context.Hint("next: cloister check, then cloister run        no account? cloister run --rehearse");
            return Task.FromResult(ExitCode.Ok);
        })
        {
            global,
        };
    }

    private static IEnumerable<InitFile> Own(VerbContext context)
    {
        var state = context.State;
        if (!context.DryRun)
            state.Create();
        yield return Make(context, Settings.ProjectFile(state), Config);
        if (PlanFinder.Plans(context.Project).Count == 0)
            yield return Make(context, Path.Combine(context.Project, PlanName), Plan);
    }

    private static InitFile Make(VerbContext context, string path, string text)
    {
        var exists = File.Exists(path);
        if (!exists && !context.DryRun)
            File.WriteAllText(path, text);
        return new InitFile(Path.GetRelativePath(context.Folder, path), exists ? Kept : context.DryRun ? WouldWrite : Wrote);
    }

    // These are files of Claude Code: a person sees the difference first, and nothing that is there becomes something else.
    private static List<InitFile> ForClaudeCode(VerbContext context, bool global)
    {
        var proposed = ClaudeCodeSetup.Propose(context.Project, context.Environment, global);
        var changes = proposed.Where(one => one.File.IsChange).Select(one => one.File).ToList();
        foreach (var change in changes)
            ShowDifference(context, change);
        var did = context.DryRun ? WouldWrite : changes.Count > 0 && context.IsAgreed("tell Claude Code by writing this?") ? Wrote : Proposed;
        if (did == Wrote)
            changes.ForEach(change => Write(context, change, keepBefore: global));
        return [.. proposed.Select(one => new InitFile(
            ShortPath(context, one.File.Path), one.File.IsChange ? did : Kept, one.IsOurs ? null : "is not what init would write"))];
    }

    // The person's own file has more in it than ours, and no history of its own.
    private static void Write(VerbContext context, ProposedFile change, bool keepBefore)
    {
        var kept = keepBefore ? change.KeepBefore(context.Now) : null;
        change.Write();
        if (kept is not null)
            context.Hint($"as it was: {kept}");
    }

    private static void ShowDifference(VerbContext context, ProposedFile change)
    {
        context.Hint(new Styled(new Piece(ShortPath(context, change.Path), Tone.Path), change.Before is null ? " (new)" : ""));
        foreach (var line in change.Difference())
            context.Hint(line);
        context.Hint("");
    }

    private static string ShortPath(VerbContext context, string path)
    {
        var relative = Path.GetRelativePath(context.Folder, path);
        return relative.StartsWith("..", StringComparison.Ordinal) ? path : relative;
    }

    private static void Print(VerbContext context, List<InitFile> files)
    {
        foreach (var file in files)
            context.Terminal.Print(new Styled($"{file.Did} ", new Piece(file.Path, Tone.Path), file.Note is { } note ? $" ({note})" : ""));
    }
}
