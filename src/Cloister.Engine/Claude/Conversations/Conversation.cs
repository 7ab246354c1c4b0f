using System.Security.Cryptography;
using System.Text;
using Cloister.Accounting;
using Cloister.Agents;
using Cloister.Claude.Launch;
using Cloister.Claude.Outcomes;
using Cloister.Claude.Permissions;
using Cloister.Claude.Protocol;
using Cloister.Sessions;

namespace Cloister.Claude.Conversations;

/// <summary>
/// Our side of one agent process: fed with its output and with the engine's inputs, it says what to report and what to write back.
/// Deterministic, so after an engine restart it is rebuilt by feeding it the whole output again; every line it writes carries an id,
/// so what was written before is not written twice.
/// </summary>
/// <param name="task">The attempt.</param>
/// <param name="launchBudget">The budget its process was started with, which the CLI keeps to by itself.</param>
internal sealed class Conversation(AgentTask task, decimal? launchBudget)
{
    private const string WindowRequest = "context";

    private readonly OpenRequests _open = new();
    private readonly EvidenceLog _log = new();
    private readonly SubagentLog _subagent = new(task.Agent.MaxTurns);
    private readonly UsageLedger _ledger = new(LaunchProfile.Window(task));
    private readonly HashSet<string> _untaken = new(StringComparer.Ordinal);
    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);
    private readonly HashSet<string> _unpricedTold = new(StringComparer.Ordinal);
    private readonly IReadOnlyList<PermissionRule> _own = [.. ToolSet.Rules(task.Agent)];
    private readonly List<PermissionRule> _granted = [.. task.AllowRules.Select(PermissionRule.TryParse).OfType<PermissionRule>()];
    private decimal? _budget = task.BudgetUsd;
    private AgentUsage? _told;
    private string _mode = "";
    private string _lastWords = "";
    private bool _ready;
    private bool _planApproved;
    private bool _idle;
    private bool _windowAsked;

    // The question costs ten small requests, which a provider other than the API may bill as model calls; where the list knows the window, or
    // nothing comes after this turn, nobody needs it.
    private bool WindowInDoubt =>
        !_windowAsked && _ledger.WindowInDoubt && ModelAccessVariables.IsFirstParty(task.Environment);

    /// <summary>Why we are ending the attempt; null while it may go on.</summary>
    public EndedBy? Ending { get; private set; }

    /// <summary>True while the agent waits for a person.</summary>
    public bool IsWaiting => _open.Any;

    /// <summary>True while silence is normal: a tool runs or a person is asked.</summary>
    public bool MayBeSilent => _log.ToolRunning || _open.Any;

    /// <summary>True while a subagent works, of whose words only tool calls are heard.</summary>
    public bool Delegates => _log.SubagentRunning;

    /// <summary>Grows whenever the work moves on; lines that are mere signs of life do not count.</summary>
    public long Steps { get; private set; }

    /// <summary>True when there is nothing left to do: a result is there, the CLI is idle, and it has taken every message.</summary>
    public bool IsOver => _idle && _log.HasResult && _untaken.Count == 0 && !_open.Any;

    /// <summary>What the verdict rests on.</summary>
    public Evidence Evidence => _log.Sum(_ledger, task.ResultSchema is not null, Ending, LimitRaised) with { Over = IsOver, Subagent = task.AsSubagent ? _subagent.End : null };

    // Compared as the CLI was told it: what only rounding added was never granted.
    private bool LimitRaised => launchBudget is { } launched && (_budget is not { } budget || LaunchProfile.FlagBudget(budget) > LaunchProfile.FlagBudget(launched));

    /// <summary>The opening lines.</summary>
    public IReadOnlyList<Step> Begin() =>
    [
        new Write("initialize", ControlMessages.Initialize("initialize", task)),
        Say("prompt", task.AsSubagent ? [SubagentBrief.Of(task)] : [task.Context, task.Prompt]),
    ];

    /// <summary>One line of output.</summary>
    public IReadOnlyList<Step> Observe(StreamEvent line, long offset)
    {
        _log.Observe(line);
        _subagent.Observe(line);
        if (Progress.IsMadeBy(line))
            Steps++;
        Count(line);
        IReadOnlyList<Step> steps = [.. Translate(line, offset), .. Usage()];
        if (_log.CredentialRefused)
            End(EndedBy.Credential);
        if (GoesOn(line) && _ledger.CostUsd >= _budget)
            End(EndedBy.Budget);
        return steps;
    }

    /// <summary>Something from the engine.</summary>
    public IReadOnlyList<Step> Deliver(AgentInput input)
    {
        switch (input)
        {
            case DeliverAnswer answer:
                return _open.IsFromFile(answer.QuestionKey)
                    ? [.. _open.Settle(answer), Say("message:" + answer.Key, [OpenRequests.Told(answer.Answer)])]
                    : _open.Settle(answer);
            case DeliverMessage message:
                return [Say("message:" + message.Key, [message.Text]), Delivered(message)];
            case AskHandover handover:
                return [Say("handover", [handover.Text]), Delivered(handover)];
            case AwaitAnswer wait:
                _open.Await(wait.QuestionKey);
                return [Delivered(wait)];
            case ExtendLimits limits:
                _budget = limits.BudgetUsd;
                return [Delivered(limits)];
            case GrantRule grant:
                return [.. Grant(grant.Rule), Delivered(grant)];
            case StopAgent stop:
                End(stop.Cause switch
                {
                    StopCause.User => EndedBy.Person,
                    StopCause.Budget => EndedBy.Budget,
                    StopCause.Handover => EndedBy.Person,
                });
                return [Delivered(stop)];
            default:
                throw new ArgumentOutOfRangeException(nameof(input), input, "unknown input");
        }
    }

    /// <summary>The agent is to be stopped; the first cause stays.</summary>
    public void End(EndedBy cause) => Ending ??= cause;

    // Of a subagent's messages only those are seen that call a tool, and not how they end.
    private static bool GoesOn(StreamEvent line) => line switch
    {
        MessageEnding { StopReason: "tool_use" } => true,
        AssistantMessage { ParentToolUseId: not null } message => message.Content.Any(block => block is ToolUseBlock),
        _ => false,
    };

    private void Count(StreamEvent line)
    {
        switch (line)
        {
            case SessionInit init:
                _ledger.UseModel(init.Model);
                break;
            case AssistantMessage { Model: not AssistantMessage.Synthetic } message:
                _ledger.Message(message.Id, message.Model, message.ParentToolUseId, message.Usage);
                break;
            case MessageStarted started:
                _ledger.Message(started.Id, started.Model, started.ParentToolUseId, started.Usage);
                break;
            case MessageEnding ending:
                _ledger.MessageEnding(ending.ParentToolUseId, ending.Usage);
                break;
            case TurnResult result:
                _ledger.Reconcile(result.ModelUsage, result.UsageSinceLastResult);
                break;
        }
    }

    private IEnumerable<Step> Translate(StreamEvent line, long offset)
    {
        switch (line)
        {
            case SessionInit init:
                return Ready(init);
            case AssistantMessage message:
                return Activities(message);
            case MessageTaken taken:
                _taken.Add(taken.Uuid);
                _untaken.Remove(taken.Uuid);
                return [];
            case StatusChanged { PermissionMode: { } mode }:
                return ModeChanged(mode);
            case SessionStateChanged state:
                _idle = state.State == "idle";
                return [];
            case MessageEnding { StopReason: "tool_use", ParentToolUseId: null } when WindowInDoubt:
                _windowAsked = true;
                return [new Write(WindowRequest, ControlMessages.GetContextUsage(WindowRequest))];
            case ControlResponse { RequestId: WindowRequest, Response: { } answer }:
                _ledger.UseWindow(answer.Count("maxTokens"));
                return [];
            case ControlRequest request:
                return Serve(request);
            case ControlCancel cancel:
                return _open.Withdraw(cancel.RequestId);
            default:
                return Tell(line, offset) is { } told ? [new Report(told)] : [];
        }
    }

    private static AgentEvent? Tell(StreamEvent line, long offset) => line switch
    {
        ApiRetry retry => new AgentRetrying(retry.HttpStatus, retry.Error, retry.Attempt, retry.Delay),
        RateLimitChanged limit => new AgentRateLimit(limit.Status, limit.ResetsAt),
        CompactBoundary compacted => new AgentCompacted(compacted.PreTokens, compacted.PostTokens),
        SessionWritesLost lost => new AgentSessionLost(lost.Why),
        ModelFallback fallback => new AgentActivity($"Model {fallback.OriginalModel} gave way to {fallback.FallbackModel}"),
        PermissionDenied denied => new AgentActivity($"Denied: {denied.Tool}"),
        RefusedLine refused => new AgentLineRefused(offset, refused.Why),
        _ => null,
    };

    private IEnumerable<Step> Ready(SessionInit init)
    {
        _mode = init.PermissionMode;
        if (_ready)
            return [];
        _ready = true;
        return [new Report(new AgentReady(init.Model, init.Version, init.PermissionMode))];
    }

    private IEnumerable<Step> Activities(AssistantMessage message)
    {
        foreach (var block in message.Content)
        {
            if (block is TextBlock words && message.ParentToolUseId is null)
                _lastWords = words.Text;
            var line = block switch
            {
                ToolUseBlock call => ActivityLine.Of(call, task.Workspace),
                TextBlock text => ActivityLine.Of(text),
                _ => null,
            };
            if (line is not null)
                yield return new Report(new AgentActivity(line));
        }
    }

    // An approved plan returns to "default", which would ask for every edit; the agent's own way of working comes after its plan.
    private IEnumerable<Step> ModeChanged(string mode)
    {
        var left = _mode == PermissionModes.Plan && mode == "default";
        _planApproved = left || (_planApproved && mode != PermissionModes.Plan);
        _mode = mode;
        return left ? [new Write("mode", ControlMessages.SetPermissionMode("mode", PermissionModes.AcceptEdits))] : [];
    }

    private IEnumerable<Step> Serve(ControlRequest request) => request switch
    {
        CanUseTool { Tool: "AskUserQuestion" } question => _open.AskChoices(question),
        CanUseTool { Tool: "ExitPlanMode" } plan => _open.AskPlan(plan, _lastWords),
        CanUseTool permission => IsCovered(permission) ? [_open.Allow(permission)] : _open.AskPermission(permission),
        McpMessage { Server: ControlMessages.ServerName } call => ServeWorker(call),
        Elicitation elicitation => [Answer(elicitation, ControlMessages.CancelElicitation(elicitation.RequestId))],
        _ => [Answer(request, ControlMessages.Refuse(request.RequestId, "not supported"))],
    };

    private IEnumerable<Step> ServeWorker(McpMessage call) => WorkerTools.Read(call.Message) switch
    {
        AnswerNow answer => [Answer(call, ControlMessages.McpReply(call.RequestId, call.Message.Field("id"), answer.WriteBody))],
        AskPerson ask => _open.Ask(call, ask),
        ReportProgress report => [new Report(new AgentReported(report.Text, report.Path)), Noted(call, "Noted.")],
        KeepText keep => [new Report(new AgentKept(keep.Name, keep.Text)), Noted(call, "Kept.")],
        ReadKept wanted => [new Consult("answer:" + call.RequestId, wanted, (text, isError) => ControlMessages.McpReply(call.RequestId, call.Message.Field("id"), WorkerTools.Text(text, isError)))],
        DeclareDone done => [new Report(new AgentDeclaredDone(done.Summary, done.Left)), Noted(call, "Noted. End your turn now.")],
        var other => throw new InvalidOperationException($"{other.GetType().Name} is not served"),
    };

    private static Write Noted(McpMessage call, string text) =>
        Answer(call, ControlMessages.McpReply(call.RequestId, call.Message.Field("id"), WorkerTools.Text(text)));

    private static Write Answer(ControlRequest request, string line) => new("answer:" + request.RequestId, line);

    // What a person allowed others of the run was not said to somebody who may only look.
    private bool IsPlanning => _mode == PermissionModes.Plan && !_planApproved;

    // A person who approved a plan has approved that the agent works as it would have without one; its next tool may come before the
    // CLI has heard of the new mode.
    private bool IsCovered(CanUseTool request) =>
        PermissionRule.Covering(IsPlanning ? _own : [.. _own, .. _granted], request.Tool, request.Input, task.Workspace) is not null
        || (_planApproved && ToolSet.WholeTools(task.Agent).Contains(request.Tool, StringComparer.Ordinal));

    private IReadOnlyList<Step> Grant(string text)
    {
        if (PermissionRule.TryParse(text) is not { } rule)
            return [];
        _granted.Add(rule);
        return [.. _open.Permissions.Where(IsCovered).ToList().SelectMany(covered => new Step[]
        {
            _open.Allow(covered),
            new Report(new AgentQuestionWithdrawn(covered.RequestId)),
        })];
    }

    private IEnumerable<Step> Usage()
    {
        foreach (var model in _ledger.UnpricedModels.Where(_unpricedTold.Add))
            yield return new Report(new AgentActivity($"The price of {model} is not known: counted at the highest current price"));
        var usage = new AgentUsage(_ledger.Tokens, _ledger.CostUsd, _ledger.ContextTokens, _ledger.ContextWindow, _ledger.Turns);
        if (usage == _told || usage.Turns == 0)
            yield break;
        _told = usage;
        yield return new Report(usage);
    }

    private static Report Delivered(AgentInput input) => new(new AgentInputDelivered(input.Key));

    private Write Say(string id, IReadOnlyList<string> texts)
    {
        var uuid = MessageId($"{task.Attempt}:{id}");
        // Said again after a restart, it may have been taken long ago.
        if (!_taken.Contains(uuid.ToString()))
            _untaken.Add(uuid.ToString());
        return new Write(id, ControlMessages.UserMessage(uuid, texts));
    }

    // The same message has the same id in every life of the engine, so the CLI itself takes it once.
    private static Guid MessageId(string name) => new(SHA256.HashData(Encoding.UTF8.GetBytes(name)).AsSpan(0, 16));
}
