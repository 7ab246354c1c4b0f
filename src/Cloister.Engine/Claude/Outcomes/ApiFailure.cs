using Cloister.Claude.Protocol;
using Cloister.Runs;
using Cloister.Sessions;

namespace Cloister.Claude.Outcomes;

/// <summary>Sorts a failed model call into the retry classes: by status and the CLI's own error word, by text only where it has neither.</summary>
internal static class ApiFailure
{
    /// <summary>The CLI's words for a credential that will not get better by trying again.</summary>
    public static bool IsAuth(int? httpStatus, string? error) =>
        httpStatus is 401 or 403 || error is "authentication_failed" or "oauth_org_not_allowed" or "billing_error";

    public static Finding Classify(Evidence evidence, TurnResult result)
    {
        var status = result.ApiErrorStatus;
        var error = evidence.ApiError;
        var text = string.IsNullOrWhiteSpace(result.Result) ? "the model call failed" : result.Result;
        if (IsAuth(status, error) || (status == 400 && text.Contains("credit balance", StringComparison.OrdinalIgnoreCase)))
            return new(AgentVerdict.Unauthorized, TaskReason.Auth, text);
        if (status == 429 || error == "rate_limit")
            return new(evidence.ResetsAt is null ? AgentVerdict.Unavailable : AgentVerdict.Parked, TaskReason.RateLimit, text);
        if (IsTooLong(status, result, text))
            return new(AgentVerdict.Failed, TaskReason.Context, text);
        var unavailable = status is null or >= 500 or 408 && error is null or "server_error" or "overloaded" or "unknown";
        return new(unavailable ? AgentVerdict.Unavailable : AgentVerdict.Failed, TaskReason.Api, text);
    }

    private static bool IsTooLong(int? status, TurnResult result, string text) =>
        result.TerminalReason == "blocking_limit" || status == 413
        || (status is 400 or null && text.Contains("too long", StringComparison.OrdinalIgnoreCase));
}
