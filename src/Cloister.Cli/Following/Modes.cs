using Cloister.Cli.Commands;
using Cloister.Cli.Configuration;

namespace Cloister.Cli.Following;

/// <summary>Decides how progress is shown: a live screen only where one makes sense.</summary>
internal static class Modes
{
    public static ProgressMode Choose(VerbContext context)
    {
        if (context.Quiet)
            return ProgressMode.Quiet;
        var asked = GlobalOptions.ProgressIn(context.Line) ?? Enum.Parse<ProgressMode>(Settings.Load(context.State, context.Environment)["progress"]!, ignoreCase: true);
        return asked switch
        {
            ProgressMode.Auto => SuitsLiveScreen(context) ? ProgressMode.Tty : ProgressMode.Plain,
            ProgressMode.Tty or ProgressMode.Plain or ProgressMode.Json or ProgressMode.Quiet or ProgressMode.None => asked,
        };
    }

    private static bool SuitsLiveScreen(VerbContext context) =>
        context.Terminal.ErrorIsTerminal
        && !context.Json
        && context.Environment.GetValueOrDefault("TERM") is not (null or "" or "dumb")
        && !context.Environment.ContainsKey("CI")
        // Inside Claude's own Bash tool a screen that redraws itself is noise.
        && context.Environment.GetValueOrDefault("CLAUDECODE") != "1";
}
