using Cloister.Plans.Format;

namespace Cloister.Cli.Commands;

/// <summary><c>cloister schema</c>: the JSON Schema of plan files, for editors.</summary>
internal static class SchemaVerb
{
    public static Verb Create() => new("schema", "The JSON Schema of plan files, for editors", (context, _) =>
    {
        context.Terminal.PrintRaw(PlanSchema.Json.TrimEnd('\n'));
        return Task.FromResult(ExitCode.Ok);
    });
}
