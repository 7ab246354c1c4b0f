using System.Text.Json.Nodes;

namespace Cloister.Tests.Server.Mcp.Seeds;

/// <summary>What the documentation promises of one example.</summary>
/// <param name="Given">What is done before, so that the effect is not there already.</param>
/// <param name="Shows">Looks for the effect.</param>
internal sealed record DocumentedEffect(Func<SeedRig, Task> Given, Func<SeedRig, JsonObject, Task> Shows);

/// <summary>The effect of every example of the documentation, by tool and by the words in its first column.</summary>
internal static partial class DocumentedEffects
{
    public static IReadOnlyDictionary<string, DocumentedEffect> All { get; } =
        Planning.Concat(Execution).Concat(Sessions).Concat(Monitoring).Concat(Reports).ToDictionary(StringComparer.Ordinal);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static KeyValuePair<string, DocumentedEffect> When(string tool, string what, Func<SeedRig, Task> given, Func<SeedRig, JsonObject, Task> shows) =>
        new($"{tool} | {what}", new DocumentedEffect(given, shows));

    private static KeyValuePair<string, DocumentedEffect> Of(string tool, string what, Func<SeedRig, JsonObject, Task> shows) =>
        When(tool, what, _ => Task.CompletedTask, shows);

    private static (string? Status, string? Mode) How(JsonObject answer) => (SeedRig.Text(answer, "status"), SeedRig.Text(answer, "mode"));

    private static string Said(JsonObject answer) => (string)answer["results"]!["summary"]!;

    private static void Contains(string text, params string[] parts) => Assert.All(parts, part => Assert.Contains(part, text, StringComparison.Ordinal));

    // What whoever does the task is told.
    private static async Task<string> ContextOfAsync(SeedRig rig, string task) =>
        Said(await rig.Client.DataAsync("orchestrator_execute_task", $$"""{"task_id":"r1/{{task}}"}"""));
}
