using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Cloister.Cli.Output;
using Cloister.Landing;
using Cloister.Processes;
using Cloister.Runs;
using Cloister.Server.Api;
using Cloister.Server.References;

namespace Cloister.Cli.Commands;

/// <summary><c>cloister diff</c>: the changes of a task, or of a run's integration branch.</summary>
internal static class DiffVerb
{
    public static Verb Create()
    {
        var reference = new Argument<string?>("REF") { Description = "A run, task or attempt: r7, r7/api, r7/api#2; the latest run when left out", Arity = ArgumentArity.ZeroOrOne };
        var stat = new Option<bool>("--stat") { Description = "Only the files and their line counts" };
        var between = new Option<int[]>("--between") { Description = "Between the work of two attempts", HelpName = "from to", Arity = new ArgumentArity(2, 2), AllowMultipleArgumentsPerToken = true, CustomParser = result => Attempts(result) };
        var tool = new Option<string?>("--tool") { Description = "Show it in a tool that git difftool knows, such as vimdiff or meld", HelpName = "name" };
        return new Verb("diff", "A task's changes, or a run's", async (context, cancellationToken) =>
        {
            var line = context.Line;
            var request = await RequestAsync(context, line.GetValue(reference), line.GetValue(between) ?? [], cancellationToken);
            var report = await context.Orchestrator.DiffAsync(request, cancellationToken);
            if (line.GetValue(tool) is { } name)
                return await ShowInToolAsync(context, request.Run, report, name, cancellationToken);
            context.Show(report, () => ApiJson.Lenient.DiffReport, _ => Print(context, report, line.GetValue(stat)));
            return ExitCode.Ok;
        })
        {
            reference, stat, between, tool,
        };
    }

    private static int[] Attempts(ArgumentResult result)
    {
        var numbers = result.Tokens.Select(token => int.TryParse(token.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0).ToArray();
        if (numbers.Contains(0))
            result.AddError("--between wants the numbers of two attempts, such as 1 2");
        return numbers;
    }

    private static async Task<DiffRequest> RequestAsync(VerbContext context, string? reference, int[] between, CancellationToken cancellationToken)
    {
        var target = reference is null
            ? new RunTarget(await context.RunAsync(null, cancellationToken))
            : await context.ResolveAsync(reference, cancellationToken);
        var run = target.Run ?? throw new CloisterException("ref.kind", $"{target} is a question", "a run or task is wanted here, such as r7/api");
        int? newest = (target as AttemptTarget)?.Ref.Number;
        return new DiffRequest(run, target.Task, between is [var from, _] ? from : null, between is [_, var to] ? to : newest);
    }

    // git takes over this terminal and this process; its exit code is the command's.
    private static async Task<int> ShowInToolAsync(VerbContext context, RunId run, DiffReport report, string tool, CancellationToken cancellationToken)
    {
        var source = (await context.Orchestrator.GetAsync(run, cancellationToken)).Source;
        if (source.BaseCommit is null)
            throw new CloisterException("usage.tool", $"{run} works without git, whose tools could show this", $"cloister diff {run} writes a patch");
        if (report.Files.Count == 0)
        {
            context.Hint("no changes");
            return ExitCode.Ok;
        }
        string[] arguments = ["-C", source.Project, "difftool", "--no-prompt", $"--tool={tool}", report.From, report.To];
        if (context.DryRun)
            return context.WouldDo($"git {string.Join(' ', arguments)}");
        ProgramReplacement.Become(Executable.Find("git", context.Folder, context.Environment), arguments, context.Environment);
        return ExitCode.Failed;
    }

    public static void Print(VerbContext context, DiffReport report, bool onlyFiles)
    {
        if (onlyFiles)
            PrintFiles(context.Terminal, report);
        else if (context.Terminal.OutputIsTerminal)
            PrintPatch(context.Terminal, report.Patch.TrimEnd('\n').Split('\n'));
        // A pipe gets what git apply takes.
        else if (report.Patch.Length > 0)
            context.Terminal.PrintRaw(report.Patch.TrimEnd('\n'));
        if (report.Files.Count == 0)
            context.Hint("no changes");
        if (report.Truncated)
            context.Hint($"the patch is longer than shown; git diff {report.From} {report.To} has all of it");
    }

    /// <summary>The files, and so many lines of the patch.</summary>
    public static void PrintExcerpt(VerbContext context, DiffReport report, int lines, string all)
    {
        PrintFiles(context.Terminal, report);
        context.Terminal.Print("");
        var patch = report.Patch.TrimEnd('\n').Split('\n');
        PrintPatch(context.Terminal, patch.Take(lines));
        if (patch.Length > lines)
            context.Terminal.Print(new Styled(new Piece($"… {Words.Count(patch.Length - lines, "more line")}: {all}", Tone.Faint)));
    }

    private static void PrintFiles(Terminal terminal, DiffReport report)
    {
        var table = new Table(new Column("", Importance: 1), new Column("+", AlignRight: true), new Column("−", AlignRight: true), new Column("FILE"));
        foreach (var file in report.Files)
            table.Add(file.Status, new Piece(Count(file.Added), Tone.Good), new Piece(Count(file.Removed), Tone.Bad), new Piece(file.Path, Tone.Path));
        foreach (var line in table.Lines(terminal.Width))
            terminal.Print(line);
    }

    private static string Count(int? lines) => lines?.ToString(CultureInfo.InvariantCulture) ?? Words.None;

    private static void PrintPatch(Terminal terminal, IEnumerable<string> patch)
    {
        foreach (var line in patch)
        {
            terminal.Print(new Styled(new Piece(line, line switch
            {
                ['+', '+', '+', ..] or ['-', '-', '-', ..] or ['d', 'i', 'f', 'f', ..] => Tone.Strong,
                ['+', ..] => Tone.Good,
                ['-', ..] => Tone.Bad,
                ['@', '@', ..] => Tone.Path,
                _ => Tone.Plain,
            })));
        }
    }
}
