namespace Cloister.EndToEnd.Tests.Mcp.Kills;

/// <summary>Something that may die while a call is under way.</summary>
public enum Victim
{
    /// <summary>The process that the client started.</summary>
    McpProcess,

    /// <summary>The engine behind it.</summary>
    Engine,

    /// <summary>The agent that the call is about.</summary>
    Agent,
}

/// <summary>A call in whose middle something is killed, and what has to stand in the journal once the call has been made again.</summary>
/// <param name="Tool">Which tool.</param>
/// <param name="Arguments">JSON.</param>
internal sealed record KilledCall(string Tool, string Arguments)
{
    /// <summary>The task whose agent dies, such as <c>r1/log</c>; null: the call is about no agent.</summary>
    public string? Agent { get; init; }

    /// <summary>The event that says that it was done, and a text of that event's body; null: it changes nothing.</summary>
    public (string Type, string Text)? Effect { get; init; }

    /// <summary>With what the call may be refused once it was done, or once its agent is gone; null: it has to be answered.</summary>
    public string? Refusal { get; init; }

    /// <summary>True when the call waits for something: whoever is killed then is killed later.</summary>
    public bool Waits { get; init; }

    public override string ToString() => $"{Tool} {Arguments}";

    /// <summary>The run that the calls are about. Its agents sleep for an hour or ask; one has left its work for a look.</summary>
    public const string Run = """
        version: 1
        name: under-way
        tasks:
          done: { prompt: please write }
          check: { prompt: please sleep }
          log: { prompt: please sleep }
          send: { prompt: please sleep }
          extend: { prompt: please sleep }
          stop: { prompt: please sleep }
          status: { prompt: please sleep }
          kill: { prompt: please sleep }
          answer: { prompt: please ask }
        """;

    /// <summary>Titles of the tasks on the board that the calls are about.</summary>
    public static IReadOnlyList<string> Board { get; } = ["handed", "completed", "alone", "awaited"];

    /// <summary>Every tool; those that steer, read or wait in each of their ways.</summary>
    public static IReadOnlyList<KilledCall> All { get; } =
    [
        new("list_agent_types", "{}"),
        new("plan_run", """{"goal":"planned at once","tasks":[{"id":"one","prompt":"please write"},{"id":"two","prompt":"please write","needs":["one"]}]}""") { Effect = ("run.accepted", "planned at once") },
        new("spawn_agent", """{"prompt":"please write","name":"spawned"}""") { Effect = ("run.accepted", "\"spawned\"") },
        new("check", """{"refs":["r1/check"],"wait_s":1}""") { Agent = "r1/check", Waits = true },
        new("read", """{"ref":"r1/done","what":"diff"}"""),
        new("read", """{"ref":"r1/log","what":"log"}""") { Agent = "r1/log" },
        new("answer", """{"question":"q1","text":"red"}""") { Agent = "r1/answer", Effect = ("question.answered", "red"), Refusal = "[question." },
        new("control", """{"ref":"r1/send","action":"send","text":"please hurry"}""") { Agent = "r1/send", Effect = ("task.message_queued", "please hurry") },
        new("control", """{"ref":"r1/extend","action":"extend","text":"15m"}""") { Agent = "r1/extend", Effect = ("task.extended", "\"extend\"") },
        new("control", """{"ref":"r1","action":"pause"}""") { Effect = ("run.paused", "{"), Refusal = "[task.state]" },
        new("control", """{"ref":"r1","action":"resume"}""") { Effect = ("run.resumed", "{"), Refusal = "[task.state]" },
        new("control", """{"ref":"r1/stop","action":"stop"}""") { Agent = "r1/stop", Effect = ("task.stopped", "\"stop\""), Waits = true, Refusal = "[task." },
        new("control", """{"ref":"r1/stop","action":"retry","text":"please sleep on"}""") { Effect = ("task.retried", "\"stop\""), Refusal = "[task." },
        new("merge", """{"refs":["r1/done"],"mode":"preview"}"""),
        new("merge", """{"refs":["r1/done"],"mode":"branch"}""") { Effect = ("task.merged", "\"done\"") },
        new("orchestrator_plan_task", """{"title":"Planned by hand","description":"please write"}""") { Effect = ("task.added", "Planned by hand") },
        new("orchestrator_execute_task", """{"task_id":"r2/handed"}""") { Effect = ("task.handed_out", "\"handed\"") },
        new("orchestrator_complete_task", """{"task_id":"r2/completed","summary":"it is done","detailed_work":"all of it","next_action":"continue"}""") { Effect = ("task.succeeded", "\"completed\"") },
        new("orchestrator_spawn_isolated_session", """{"session_id":"backend","specialist_type":"implementer"}""") { Effect = ("session.opened", "\"backend\"") },
        new("orchestrator_execute_subtask_isolated", """{"task_id":"r2/alone","parallel_execution":true,"claude_code_workspace":"new"}""") { Effect = ("task.released", "\"alone\"") },
        new("orchestrator_execute_subtask_isolated", """{"task_id":"r2/awaited","claude_code_workspace":"new"}""") { Agent = "r2/awaited", Effect = ("task.released", "\"awaited\""), Waits = true },
        new("orchestrator_monitor_isolated_execution", """{"session_id":"r1/status","action":"status"}""") { Agent = "r1/status" },
        new("orchestrator_monitor_isolated_execution", """{"session_id":"r1/status","action":"progress"}"""),
        new("orchestrator_monitor_isolated_execution", """{"session_id":"r1/status","action":"logs"}"""),
        new("orchestrator_monitor_isolated_execution", """{"session_id":"r1/kill","action":"kill"}""") { Agent = "r1/kill", Effect = ("task.stopped", "\"kill\""), Waits = true },
        new("orchestrator_monitor_isolated_execution", """{"session_id":"r1/kill","action":"resume"}""") { Effect = ("task.retried", "\"kill\"") },
        new("orchestrator_synthesize_results", """{"parent_task_id":"r2"}"""),
        new("orchestrator_get_status", """{"include_completed":true}"""),
    ];
}
