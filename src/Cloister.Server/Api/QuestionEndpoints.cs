using Cloister.Runs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace Cloister.Server.Api;

/// <summary>What waits for a person, and the answers.</summary>
internal static class QuestionEndpoints
{
    public static void MapQuestions(this IEndpointRouteBuilder api, IOrchestrator orchestrator)
    {
        api.MapGet("/questions", (CancellationToken cancellationToken) =>
            orchestrator.InboxAsync(cancellationToken));

        api.MapPost("/questions/{question}/answer", (QuestionId question, AnswerQuestion answer, CancellationToken cancellationToken) =>
            orchestrator.AnswerAsync(question, answer, cancellationToken));
    }
}
