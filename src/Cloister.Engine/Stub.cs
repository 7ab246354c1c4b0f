using Cloister.Landing;
using Cloister.Runs;
#pragma warning disable
namespace Cloister.Agents
{
    internal sealed record ProjectInstructions(string Text) { public static ProjectInstructions None { get; } = new(""); public static Task<ProjectInstructions> LoadAsync(string p, CancellationToken c) => Task.FromResult(None); }
}
namespace Cloister.Runs
{
    internal sealed class RunSources(Func<StartRun, RunSource> source)
    {
        public async Task<RunSource> ResolveAsync(StartRun request, CancellationToken cancellationToken) => source(request);
        public async Task<IReadOnlyDictionary<string, Agents.AgentDefinition>> AgentsAsync(Plans.Plan plan, string project, CancellationToken cancellationToken) =>
            plan.Tasks.Select(t => t.Agent).Distinct().ToDictionary(n => n, n => new Agents.AgentDefinition(n, "", "", null, [], null, null, null, "built-in"));
    }
}
namespace Cloister.Plans { internal static class PlanInputs { public static IReadOnlyDictionary<string, System.Text.Json.JsonElement> Bind(Plan p, IReadOnlyDictionary<string,string> g) => new Dictionary<string, System.Text.Json.JsonElement>(); } }
