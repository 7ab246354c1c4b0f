using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Cloister.Artifacts;
using Cloister.Delegation;
using Cloister.Landing;
using Cloister.Questions;
using Cloister.Runs;
using Cloister.Sessions;

namespace Cloister.Server.Api;

/// <summary>How the engine's records look on the wire. Generated, because reflection would cost a short command more than its work.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Hello))]
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(StartRun))]
[JsonSerializable(typeof(RunView))]
[JsonSerializable(typeof(TaskView))]
[JsonSerializable(typeof(IReadOnlyList<RunSummary>))]
[JsonSerializable(typeof(RunCommand))]
[JsonSerializable(typeof(TaskBrief))]
[JsonSerializable(typeof(IsolationAdvice))]
[JsonSerializable(typeof(RunUpdate))]
[JsonSerializable(typeof(AnswerQuestion))]
[JsonSerializable(typeof(Question))]
[JsonSerializable(typeof(IReadOnlyList<Question>))]
[JsonSerializable(typeof(LogPage))]
[JsonSerializable(typeof(ArtifactPage))]
[JsonSerializable(typeof(DiffReport))]
[JsonSerializable(typeof(MergeRequest))]
[JsonSerializable(typeof(MergeReport))]
[JsonSerializable(typeof(LandReport))]
[JsonSerializable(typeof(RemoveReport))]
[JsonSerializable(typeof(EngineStatus))]
internal sealed partial class ApiJson : JsonSerializerContext
{
    // Deeper than any result schema or structured result that a plan accepts, with the records around it.
    private const int MaxDepth = 128;

    // Never part of a web page; escaped for one, a prompt that is not English would be up to six times as long.
    private static readonly JavaScriptEncoder Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;

    /// <summary>For what comes in: unknown and doubled fields are mistakes of the sender.</summary>
    public static ApiJson Strict { get; } = new(new JsonSerializerOptions(JsonSerializerOptions.Strict)
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        MaxDepth = MaxDepth,
        Encoder = Encoder,
        Converters = { new RunSummaryConverter() },
    });

    /// <summary>For what an engine of the same protocol answers: it may know fields that we do not.</summary>
    public static ApiJson Lenient { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        MaxDepth = MaxDepth,
        Encoder = Encoder,
        Converters = { new RunSummaryConverter() },
    });
}
