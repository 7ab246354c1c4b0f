using System.CommandLine;
using Cloister.Claude.Installation;
using Cloister.Cli.Diagnosis;
using Cloister.Cli.Output;

namespace Cloister.Cli.Commands;

/// <summary><c>cloister doctor</c>: whether everything is there that a run needs.</summary>
internal static class DoctorVerb
{
    public static Verb Create()
    {
        var fix = new Option<bool>("--fix") { Description = "Install Claude Code for Cloister alone, when it is missing" };
        return new Verb("doctor", "Check claude, login, git, disk, agents and settings", (context, cancellationToken) =>
            RunAsync(context, context.Line.GetValue(fix), cancellationToken))
        {
            fix,
        };
    }

    private static async Task<int> RunAsync(VerbContext context, bool fix, CancellationToken cancellationToken)
    {
        var findings = new List<Finding>();
        foreach (var check in Checks.All)
            findings.Add(await check(context, cancellationToken));
        var claude = findings.FindIndex(finding => finding is { Name: Checks.ClaudeName, Health: Health.Problem });
        if (fix && claude >= 0 && !Checks.IsChosen(context))
        {
            await InstallAsync(context, cancellationToken);
            findings[claude] = await Checks.All[claude](context, cancellationToken);
            claude = findings[claude].Health == Health.Problem ? claude : -1;
        }
        context.Show<IReadOnlyList<Finding>>(findings, () => CliJson.Default.IReadOnlyListFinding, _ => Print(context, findings));
        return claude >= 0 ? ExitCode.Claude : findings.Exists(finding => finding.Health == Health.Problem) ? ExitCode.Failed : ExitCode.Ok;
    }

    /// <summary>Installs the pinned Claude Code into the user's cache.</summary>
    public static Task<string> InstallAsync(VerbContext context, CancellationToken cancellationToken)
    {
        var progress = new Said(text => context.Hint(text));
        return new ClaudeInstaller(context.Environment, context.Time).InstallAsync(progress, cancellationToken);
    }

    private static void Print(VerbContext context, List<Finding> findings)
    {
        foreach (var finding in findings)
        {
            var mark = finding.Health switch
            {
                Health.Ok => new Piece("✓", Tone.Good),
                Health.Warning => new Piece("!", Tone.Attention),
                Health.Problem => new Piece("✗", Tone.Bad),
            };
            context.Terminal.Print(new Styled(" ", mark, $" {finding.Name,-9} ", finding.Text));
            if (finding.Fix is { } fix)
                context.Terminal.Print(new Styled(new Piece("             fix: ", Tone.Faint), fix));
        }
    }

    // Progress<T> would tell on another thread, after the next line.
    private sealed class Said(Action<string> say) : IProgress<string>
    {
        public void Report(string value) => say(value);
    }
}
