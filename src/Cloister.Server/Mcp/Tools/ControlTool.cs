using System.Globalization;
using System.Text.RegularExpressions;
using Cloister.Runs;
using Cloister.Server.Api;
using Cloister.Sessions;

namespace Cloister.Server.Mcp.Tools;

/// <summary>What was steered and how it stands.</summary>
internal sealed record ControlAnswer(string Ref, string State);

/// <summary><c>control</c>: steers a run or a task.</summary>
internal static partial class ControlTool
{
    // A day of work, and more turns than any conversation has had.
    private const int MostMinutes = 24 * 60, MostTurns = 1_000;

    private static readonly Parameter<string> Ref = Parameter.RequiredText("ref");
    private static readonly Parameter<string> Action = Parameter.Word("action", ["send", "pause", "resume", "stop", "retry", "extend"], isRequired: true);
    private static readonly Parameter<string?> Text = Parameter.Text("text", "send, retry: message; extend: 15m, 20 turns");

    public static McpTool Declaration { get; } = new("control", "Steer a run or task; work is always kept", [Ref, Action, Text], RunAsync);

    private static async Task<ToolAnswer> RunAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var target = await call.Desk.ResolveAsync(call.Get(Ref), cancellationToken);
        var run = target.Run ?? throw new CloisterException("ref.kind", $"{target} is a question", "use answer");
        var command = Command(call, call.Get(Action), call.Get(Text));
        var view = await call.Orchestrator.GetAsync(run, cancellationToken);
        if (command is ResumeCommand or RetryCommand)
            call.Desk.RequireOwnKind(view);
        var task = target.Task ?? OnlyTask(view, command);
        view = await call.Orchestrator.ControlAsync(run, task, command, cancellationToken);
        var state = Ending(view, task, command) ?? (task is null ? view.Phase.ToString().ToLowerInvariant() : EnumWord.Of(view.TaskOf(task).State));
        var answer = new ControlAnswer(task is null ? run.ToString() : $"{run}/{task}", state);
        return ToolAnswer.Of(answer, McpJson.Readable.ControlAnswer, $"{answer.Ref} {answer.State}");
    }

    // An agent that was asked to end still keeps its work: "working" would say that nothing was asked. Null: none is left.
    private static string? Ending(RunView view, string? task, RunCommand command)
    {
        if (!view.TasksInOrder.Any(one => one.LiveAttempt is not null && (task is null || one.Definition.Id == task)))
            return null;
        return command switch
        {
            StopCommand => "stopping",
            PauseCommand => "pausing",
            _ => null,
        };
    }

    // Messages and second tries are for a task; where a run has only one, that one is meant.
    private static string? OnlyTask(RunView run, RunCommand command) =>
        command is SendCommand or RetryCommand or ExtendCommand && run.Order is [var only] ? only : null;

    private static RunCommand Command(ToolCall call, string action, string? text) => action switch
    {
        "send" => new SendCommand(Key(call), Wanted(text, "send wants text: what to tell the agent")),
        "pause" => new PauseCommand(),
        "resume" => new ResumeCommand { ModelAccess = ModelAccessVariables.Of(call.Desk.Environment) },
        "stop" => new StopCommand(),
        "retry" => new RetryCommand(Clean: false, Agent: null, Model: null, text) { ModelAccess = ModelAccessVariables.Of(call.Desk.Environment) },
        _ => Extension(Wanted(text, "extend wants text: by how much")) with { Key = Key(call) },
    };

    // The client's own name of the call: sent again it is the same call.
    private static string Key(ToolCall call) => call.Caller.CallId ?? Guid.CreateVersion7(call.Desk.Time.GetUtcNow()).ToString("N");

    private static string Wanted(string? text, string complaint) =>
        string.IsNullOrWhiteSpace(text) ? throw new CloisterException("tool.argument", complaint, "give text and call again") : text;

    private static ExtendCommand Extension(string text)
    {
        if (text.Contains('$', StringComparison.Ordinal) || text.Contains("usd", StringComparison.OrdinalIgnoreCase))
            throw new CloisterException("extend.person", "a limit of money is raised by the user alone", "ask the user to run: cloister extend REF --budget USD");
        var match = Amount().Match(text.Trim());
        var number = match.Success ? int.Parse(match.Groups["n"].ValueSpan, CultureInfo.InvariantCulture) : 0;
        return match.Groups["unit"].Value switch
        {
            "m" or "min" or "minutes" when number is > 0 and <= MostMinutes => new ExtendCommand(TimeSpan.FromMinutes(number), null),
            "h" when number is > 0 and <= MostMinutes / 60 => new ExtendCommand(TimeSpan.FromHours(number), null),
            "turns" or "turn" when number is > 0 and <= MostTurns => new ExtendCommand(null, null, number),
            _ => throw new CloisterException("tool.argument", $"\"{Plain.Line(text, 60)}\" is no extension", "15m, 2h or 20 turns"),
        };
    }

    [GeneratedRegex(@"\A(?<n>[0-9]{1,5}) ?(?<unit>[a-z]+)\z", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Amount();
}
