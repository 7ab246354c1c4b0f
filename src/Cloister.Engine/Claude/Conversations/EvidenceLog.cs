using Cloister.Accounting;
using Cloister.Claude.Outcomes;
using Cloister.Claude.Protocol;

namespace Cloister.Claude.Conversations;

/// <summary>Collects from the output what the verdict will rest on, and what the agent is busy with.</summary>
internal sealed class EvidenceLog
{
    // Succeeding at one of these changes nothing, so it does not prove that the agent could work.
    private static readonly string[] Readers = ["Read", "Glob", "Grep", "LS", "TodoWrite", "ToolSearch", "ExitPlanMode", "EnterPlanMode"];

    private readonly Dictionary<string, string> _runningTools = new(StringComparer.Ordinal);
    private int _turns;
    private int _results;
    private TurnResult? _lastResult;
    private bool _wentOn;
    private bool _acted;
    private int _denied;
    private bool _sessionLost;
    private string? _apiError;
    private DateTimeOffset? _resetsAt;
    private int _refusals;

    /// <summary>True while a tool of ours or the CLI's own has not reported back: silence is normal then.</summary>
    public bool ToolRunning => _runningTools.Values.Any(tool => !SubagentLog.IsStart(tool));

    /// <summary>True while a subagent works: a model, not a tool, whose service can hang like the main conversation's.</summary>
    public bool SubagentRunning => _runningTools.Values.Any(SubagentLog.IsStart);

    public bool HasResult => _results > 0;

    /// <summary>True once the service has refused the credential twice; more tries only cost time.</summary>
    public bool CredentialRefused => _refusals >= 2;

    public void Observe(StreamEvent line)
    {
        switch (line)
        {
            case SessionInit:
                _turns++;
                break;
            case AssistantMessage message:
                ObserveMessage(message);
                break;
            case UserMessage message:
                ObserveResults(message);
                break;
            case TurnResult result:
                _results++;
                _lastResult = result;
                _wentOn = false;
                _denied = Math.Max(_denied, result.DeniedTools.Count);
                _runningTools.Clear();
                break;
            case PermissionDenied:
                _denied++;
                break;
            case RateLimitChanged limit:
                _resetsAt = limit.Status == "rejected" ? limit.ResetsAt : null;
                break;
            case ApiRetry retry when ApiFailure.IsAuth(retry.HttpStatus, retry.Error):
                _refusals++;
                break;
            case SessionWritesLost:
                _sessionLost = true;
                break;
        }
    }

    public Evidence Sum(UsageLedger ledger, bool schemaAsked, EndedBy? ended, bool limitRaised) => new(
        _turns, _results, _lastResult, _wentOn, _acted, _denied, schemaAsked, _sessionLost, _apiError, _resetsAt, ended, limitRaised,
        ledger.Tokens, ledger.CostUsd);

    private void ObserveMessage(AssistantMessage message)
    {
        _wentOn = true;
        if (message.ParentToolUseId is null)
            _apiError = message.Error;
        foreach (var call in message.Content.OfType<ToolUseBlock>())
            _runningTools[call.Id] = call.Name;
    }

    private void ObserveResults(UserMessage message)
    {
        foreach (var result in message.Results)
        {
            _wentOn = true;
            if (_runningTools.Remove(result.ToolUseId, out var tool) && !result.IsError && IsActing(tool))
                _acted = true;
        }
    }

    private static bool IsActing(string tool) =>
        !Readers.Contains(tool, StringComparer.Ordinal) && !tool.StartsWith("mcp__" + ControlMessages.ServerName + "__", StringComparison.Ordinal);
}
