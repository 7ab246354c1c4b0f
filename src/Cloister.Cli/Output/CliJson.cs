using System.Text.Json.Serialization;
using Cloister.Cli.Configuration;
using Cloister.Cli.Diagnosis;
using Cloister.Plans;

namespace Cloister.Cli.Output;

/// <summary>How the command line's own records are written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(IReadOnlyList<PsRow>))]
[JsonSerializable(typeof(RunReport))]
[JsonSerializable(typeof(PlanCheck))]
[JsonSerializable(typeof(IReadOnlyList<PlanProblem>))]
[JsonSerializable(typeof(Sessions.LogLine))]
[JsonSerializable(typeof(CostReport))]
[JsonSerializable(typeof(Setting))]
[JsonSerializable(typeof(IReadOnlyList<Setting>))]
[JsonSerializable(typeof(RehearsalReport))]
[JsonSerializable(typeof(DemoReport))]
[JsonSerializable(typeof(IReadOnlyList<Finding>))]
[JsonSerializable(typeof(IReadOnlyList<AgentRow>))]
[JsonSerializable(typeof(AgentDetails))]
[JsonSerializable(typeof(AgentCheckReport))]
[JsonSerializable(typeof(VersionReport))]
[JsonSerializable(typeof(DryRunReport))]
[JsonSerializable(typeof(InitReport))]
[JsonSerializable(typeof(ContextBenchReport))]
[JsonSerializable(typeof(IReadOnlyList<object>))]
[JsonSerializable(typeof(Questions.Question))]
[JsonSerializable(typeof(Commands.WaitingTask))]
internal sealed partial class CliJson : JsonSerializerContext;
