using System.Text.RegularExpressions;

namespace Cloister.Server.Mcp;

/// <summary>Hints of the engine name commands; a model that has the tools is told the calls that do the same.</summary>
internal static partial class CallHints
{
    /// <summary>The hint with calls in place of commands. What only a person does at a terminal stays a command, and so does what the user is to be told.</summary>
    public static string Of(string hint) => hint.Contains("user", StringComparison.Ordinal) ? hint : Command().Replace(hint, command => command.Groups["verb"].Value switch
    {
        "ps" or "inbox" => "check",
        "show" => "read",
        "logs" => "read what log",
        "diff" => "read what diff",
        "answer" => "answer",
        "merge" => "merge",
        var steering => $"control action {steering}",
    });

    // With the flags that hints show, such as  ps -a --json=run,task  or  retry REF --with TEXT: a call has arguments in their place.
    [GeneratedRegex(
        @"\bcloister (?<verb>ps|inbox|show|logs|diff|answer|merge|send|pause|resume|stop|retry|extend)\b(?: REF\b)?(?: -[a-z]\b| --[a-z]+(?:=[a-z,]+| (?:[A-Z]+|\d+[a-z]?)\b)?)*",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex Command();
}
