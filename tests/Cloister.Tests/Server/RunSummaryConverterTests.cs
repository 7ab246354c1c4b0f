using System.Text;
using System.Text.Json;
using Cloister.Runs;
using Cloister.Runs.Watching;
using Cloister.Server.Api;
using Cloister.Tests.Cli;

namespace Cloister.Tests.Server;

/// <summary>What is written by hand for speed says exactly what generated code would say.</summary>
public sealed class RunSummaryConverterTests
{
    private static readonly JsonSerializerOptions Generated = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    public static TheoryData<bool> Runs => [true, false];

    [Theory]
    [MemberData(nameof(Runs))]
    public void by_hand_and_generated_are_the_same(bool live)
    {
        var summary = RunSummaries.Of(MadeUpRuns.View(live ? MadeUpRuns.LiveEvents : MadeUpRuns.FinishedEvents));
        summary = summary with { Tasks = [.. summary.Tasks, summary.Tasks[0] with { Report = new CallerReport(CallerNeed.Decision, "REST or gRPC?") }] };

        var byHand = JsonSerializer.Serialize(summary, ApiJson.Strict.RunSummary);

        Assert.Equal(JsonSerializer.Serialize(summary, Generated), byHand);
        Assert.Equal(byHand, JsonSerializer.Serialize(JsonSerializer.Deserialize(byHand, ApiJson.Lenient.RunSummary)!, Generated));
        Assert.Equal($"[{byHand}]", JsonSerializer.Serialize(RunSummaryConverter.ReadList(Encoding.UTF8.GetBytes($"[{byHand}]")), Generated));
    }

    [Fact]
    public void every_word_of_an_enum_is_the_one_it_has_everywhere()
    {
        Assert.All(Enum.GetValues<TaskState>(), state => Assert.Equal((Word(state), state), (EnumWord.Of(state), EnumWord.State(EnumWord.Of(state)))));
        Assert.All(Enum.GetValues<TaskReason>(), reason => Assert.Equal((Word(reason), reason), (EnumWord.Of(reason), EnumWord.Reason(EnumWord.Of(reason)))));
        Assert.All(Enum.GetValues<CallerNeed>(), need => Assert.Equal((Word(need), need), (EnumWord.Of(need), EnumWord.Need(EnumWord.Of(need)))));
        Assert.All(Enum.GetValues<RunPhase>(), phase => Assert.Equal((Word(phase), phase), (EnumWord.Of(phase), EnumWord.Phase(EnumWord.Of(phase)))));
        Assert.All(Enum.GetValues<RunOutcome>(), outcome => Assert.Equal((Word(outcome), outcome), (EnumWord.Of(outcome), EnumWord.Outcome(EnumWord.Of(outcome)))));
    }

    private static string Word<T>(T value) => JsonSerializer.Serialize(value).Trim('"');
}
