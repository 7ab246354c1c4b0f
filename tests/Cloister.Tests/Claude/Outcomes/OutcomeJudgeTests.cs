using System.Text.Json;
using Cloister.Accounting;
using Cloister.Claude.Outcomes;
using Cloister.Claude.Protocol;
using Cloister.Runs;
using Cloister.Sessions;

namespace Cloister.Tests.Claude.Outcomes;

public sealed class OutcomeJudgeTests
{
    private static readonly DateTimeOffset Reset = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    private static readonly TurnResult Good = new(
        "success", false, null, "completed", "did it", [], null, 3, 0.01m, [], null, []);

    private static readonly Evidence Finished = new(
        1, 1, Good, WentOn: false, Acted: true, Denied: 0, SchemaAsked: false, SessionLost: false, ApiError: null, ResetsAt: null, Ended: null,
        LimitRaised: false, new TokenUsage(1, 2, 3, 4), 0.01m);

    private static readonly Evidence Silent = Finished with { Results = 0, LastResult = null };

    private static readonly ProcessEvidence Exit0 = new(ProcessEnd.Exited, 0, DeadlinePassed: false, OutputLimitPassed: false, null);
    private static readonly ProcessEvidence Killed = new(ProcessEnd.Signaled, 9, DeadlinePassed: false, OutputLimitPassed: false, null);

    private static Evidence Api(int? status, string? error, string text = "API Error") =>
        Finished with { LastResult = Good with { IsError = true, ApiErrorStatus = status, Result = text }, ApiError = error };

    private static Evidence Error(string subtype, int turns = 2, string? terminal = null) => Finished with
    {
        LastResult = Good with { Subtype = subtype, IsError = true, Result = null, Turns = turns, TerminalReason = terminal, Errors = ["why"] },
    };

    [Fact]
    public void success_needs_everything_and_carries_everything() => Assert.Equal(
        new AgentOutcome(AgentVerdict.Succeeded, null, "finished", "did it", null, new TokenUsage(1, 2, 3, 4), 0.01m, Resumable: true),
        OutcomeJudge.Judge(Finished, Exit0));

    private static readonly (string What, Evidence Evidence, ProcessEvidence Process, AgentVerdict Verdict, TaskReason Reason)[] Table =
    [
        ("exit 0 without a result", Silent, Exit0, AgentVerdict.Crashed, TaskReason.Crash),
        ("exit 1 without a result", Silent, Exit0 with { Code = 1 }, AgentVerdict.Crashed, TaskReason.Crash),
        ("kill -9 without a result", Silent, Killed, AgentVerdict.Crashed, TaskReason.Crash),
        ("shim gone without a record", Silent, Exit0 with { End = ProcessEnd.Unknown }, AgentVerdict.Crashed, TaskReason.Crash),
        ("shim gone after a result", Finished, Exit0 with { End = ProcessEnd.Unknown }, AgentVerdict.Crashed, TaskReason.Crash),
        ("never started", Silent, Exit0 with { End = ProcessEnd.SpawnFailed, Code = 2 }, AgentVerdict.Crashed, TaskReason.Crash),
        ("exit 143 after a good result", Finished, Exit0 with { Code = 143 }, AgentVerdict.Crashed, TaskReason.Crash),
        ("killed after a good result", Finished, Killed, AgentVerdict.Crashed, TaskReason.Crash),
        ("stopped by us after a good result, but not idle", Finished, Killed with { Stopped = true }, AgentVerdict.Crashed, TaskReason.Crash),
        ("killed by somebody else while it was idle", Finished with { Over = true }, Killed, AgentVerdict.Crashed, TaskReason.Crash),
        ("idle, and its shim gone", Finished with { Over = true }, Killed with { End = ProcessEnd.Unknown }, AgentVerdict.Crashed, TaskReason.Crash),
        ("idle after an error, stopped by us", Error("error_during_execution") with { Over = true }, Killed with { Stopped = true }, AgentVerdict.Crashed, TaskReason.Crash),
        ("two results in one turn", Finished with { Results = 2 }, Exit0, AgentVerdict.Failed, TaskReason.Protocol),
        ("model spoke after its result", Finished with { WentOn = true }, Exit0, AgentVerdict.Crashed, TaskReason.Crash),
        ("success that did not complete", Finished with { LastResult = Good with { TerminalReason = "aborted_tools" } }, Exit0, AgentVerdict.Crashed, TaskReason.Crash),
        ("success without a terminal reason", Finished with { LastResult = Good with { TerminalReason = null } }, Exit0, AgentVerdict.Crashed, TaskReason.Crash),
        ("subtype of a later version", Error("error_new_idea"), Exit0, AgentVerdict.Crashed, TaskReason.Crash),
        ("everything denied", Finished with { Acted = false, Denied = 2 }, Exit0, AgentVerdict.Failed, TaskReason.Denied),
        ("schema asked, nothing given", Finished with { SchemaAsked = true }, Exit0, AgentVerdict.Failed, TaskReason.Check),
        ("schema never matched", Error("error_max_structured_output_retries"), Exit0 with { Code = 1 }, AgentVerdict.Failed, TaskReason.Check),
        ("turn limit", Error("error_max_turns"), Exit0 with { Code = 1 }, AgentVerdict.Failed, TaskReason.Budget),
        ("the CLI's own budget stop", Error("error_max_budget_usd"), Exit0 with { Code = 1 }, AgentVerdict.Failed, TaskReason.Budget),
        ("the same after the budget was raised", Error("error_max_budget_usd") with { LimitRaised = true }, Exit0 with { Code = 1 }, AgentVerdict.Crashed, TaskReason.Budget),
        ("interrupted by somebody else, exit 0", Error("error_during_execution", terminal: "aborted_streaming"), Exit0, AgentVerdict.Crashed, TaskReason.Crash),
        ("no such conversation", Error("error_during_execution", turns: 0), Exit0 with { Code = 1 }, AgentVerdict.Crashed, TaskReason.Crash),
        ("401", Api(401, "authentication_failed"), Exit0 with { Code = 1 }, AgentVerdict.Unauthorized, TaskReason.Auth),
        ("403", Api(403, null), Exit0 with { Code = 1 }, AgentVerdict.Unauthorized, TaskReason.Auth),
        ("not logged in", Api(null, "authentication_failed"), Exit0 with { Code = 1 }, AgentVerdict.Unauthorized, TaskReason.Auth),
        ("no credit", Api(400, "invalid_request", "Your credit balance is too low"), Exit0, AgentVerdict.Unauthorized, TaskReason.Auth),
        ("429 with a reset", Api(429, "rate_limit") with { ResetsAt = Reset }, Exit0, AgentVerdict.Parked, TaskReason.RateLimit),
        ("429 without one", Api(429, "rate_limit"), Exit0, AgentVerdict.Unavailable, TaskReason.RateLimit),
        ("500", Api(500, "server_error"), Exit0, AgentVerdict.Unavailable, TaskReason.Api),
        ("529 without a status", Api(null, "server_error", "Repeated 529 Overloaded errors"), Exit0, AgentVerdict.Unavailable, TaskReason.Api),
        ("connection refused", Api(null, "unknown", "Unable to connect to API"), Exit0, AgentVerdict.Unavailable, TaskReason.Api),
        ("prompt too long, said by the service", Api(400, "invalid_request", "prompt is too long: 210000 tokens"), Exit0, AgentVerdict.Failed, TaskReason.Context),
        ("prompt too long, said by the CLI", Finished with { LastResult = Good with { IsError = true, TerminalReason = "blocking_limit" } }, Exit0, AgentVerdict.Failed, TaskReason.Context),
        ("413", Api(413, "invalid_request"), Exit0, AgentVerdict.Failed, TaskReason.Context),
        ("400", Api(400, "invalid_request"), Exit0, AgentVerdict.Failed, TaskReason.Api),
        ("unknown model", Api(404, "model_not_found"), Exit0, AgentVerdict.Failed, TaskReason.Api),
        ("answer cut off", Api(null, "max_output_tokens"), Exit0, AgentVerdict.Failed, TaskReason.Api),
        ("stopped by a person", Silent with { Ended = EndedBy.Person }, Killed, AgentVerdict.Stopped, TaskReason.User),
        ("stopped by a person at its very end", Finished with { Ended = EndedBy.Person }, Exit0, AgentVerdict.Stopped, TaskReason.User),
        ("stopped at its budget", Error("error_during_execution") with { Ended = EndedBy.Budget }, Exit0, AgentVerdict.Failed, TaskReason.Budget),
        ("killed at the hard deadline", Silent, Killed with { DeadlinePassed = true }, AgentVerdict.Failed, TaskReason.Timeout),
        ("wrote without end", Silent, Killed with { OutputLimitPassed = true }, AgentVerdict.Failed, TaskReason.Protocol),
        ("stalled", Error("error_during_execution") with { Ended = EndedBy.Stall }, Exit0, AgentVerdict.Crashed, TaskReason.Crash),
        ("credential refused twice", Silent with { Ended = EndedBy.Credential }, Killed, AgentVerdict.Unauthorized, TaskReason.Auth),
    ];

    public static TheoryData<string> Whats => [.. Table.Select(row => row.What)];

    [Theory]
    [MemberData(nameof(Whats))]
    public void anything_less_is_a_failure_of_its_own_kind(string what)
    {
        var row = Table.Single(row => row.What == what);

        var outcome = OutcomeJudge.Judge(row.Evidence, row.Process);

        Assert.Equal((row.Verdict, row.Reason), (outcome.Verdict, outcome.Reason!.Value));
    }

    [Fact]
    public void a_budget_stop_that_came_too_late_leaves_the_success() =>
        Assert.Equal(AgentVerdict.Succeeded, OutcomeJudge.Judge(Finished with { Ended = EndedBy.Budget }, Exit0).Verdict);

    [Fact]
    public void an_idle_agent_that_has_to_be_sent_away_has_finished_its_work()
    {
        var over = Finished with { Over = true };
        ProcessEvidence[] ends = [Killed with { Stopped = true }, Exit0 with { Code = 130, Stopped = true }, Killed with { DeadlinePassed = true }];
        Assert.All(ends, end => Assert.Equal(AgentVerdict.Succeeded, OutcomeJudge.Judge(over, end).Verdict));
    }

    [Fact]
    public void a_structured_result_is_handed_on()
    {
        var given = Finished with { SchemaAsked = true, LastResult = Good with { StructuredOutput = JsonElement.Parse("{\"n\":1}") } };

        var outcome = OutcomeJudge.Judge(given, Exit0);

        Assert.Equal((AgentVerdict.Succeeded, "{\"n\":1}"), (outcome.Verdict, outcome.StructuredResult!.Value.GetRawText()));
    }

    [Fact]
    public void only_a_conversation_that_exists_can_be_resumed() => Assert.Equal(
        (true, false, false, false),
        (OutcomeJudge.Judge(Silent, Killed).Resumable,
         OutcomeJudge.Judge(Silent with { Turns = 0 }, Killed).Resumable,
         OutcomeJudge.Judge(Silent with { SessionLost = true }, Killed).Resumable,
         OutcomeJudge.Judge(Error("error_during_execution", turns: 0), Exit0).Resumable));

    [Fact]
    public void a_parked_task_knows_when_to_come_back() =>
        Assert.Equal(Reset, OutcomeJudge.Judge(Api(429, "rate_limit") with { ResetsAt = Reset }, Exit0).ResetsAt);
}
