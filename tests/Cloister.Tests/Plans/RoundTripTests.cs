using System.Globalization;
using System.Text.Json;
using Cloister.Plans;
using Cloister.Plans.Format;
using FsCheck;
using FsCheck.Fluent;

namespace Cloister.Tests.Plans;

public sealed class RoundTripTests
{
    [Fact]
    public void any_plan_that_is_written_down_reads_back_as_it_was() => Prop.ForAll(Plans().ToArbitrary(), plan =>
    {
        var expected = JsonSerializer.Serialize(plan);
        return new[] { (Yaml(plan), "p.plan.yaml"), (Json(plan), "p.plan.json") }.All(written =>
        {
            var load = PlanSamples.Load(written.Item1, written.Item2);
            Assert.True(load.Plan is not null, PlanText.Render(load.Problems) + written.Item1);
            Assert.Equal(expected, JsonSerializer.Serialize(load.Plan));
            return true;
        });
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));

    [Fact]
    public void any_plan_in_the_journal_reads_back_as_it_was() => Prop.ForAll(Plans().ToArbitrary(), plan =>
    {
        var json = JsonSerializer.Serialize(plan);
        return json == JsonSerializer.Serialize(JsonSerializer.Deserialize<Plan>(json));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void any_duration_that_is_written_down_reads_back_as_it_was() => Prop.ForAll(Gen.Choose(1, 7 * 24 * 3600).ToArbitrary(), seconds =>
    {
        var text = DurationShape.Text(TimeSpan.FromSeconds(seconds));
        return PlanSamples.Good($"tasks: {{a: {{prompt: x, timeout: {text}}}}}").Tasks[0].Timeout == TimeSpan.FromSeconds(seconds);
    }).QuickCheckThrowOnFailure();

    private static Gen<Plan> Plans() =>
        from tasks in Some(Gen.Choose(1, 8)).SelectMany(n => Tasks(n))
        from goal in Gen.OneOf(Gen.Constant((string?)null), Prose().Select(t => (string?)t))
        from concurrency in Gen.Elements<int?>(null, 1, 128)
        from budget in Gen.Elements<decimal?>(null, 0.0001m, 12.5m, 100_000m)
        from merge in Gen.Elements(new PlanMerge(), new PlanMerge("team/work", MergeMode.Auto, MergeStrategy.Merge))
        select new Plan(1, "p", goal, null, [], [], [], [], concurrency, budget, TaskDefaults.Standard, tasks, merge);

    private static Gen<PlanTask[]> Tasks(int count) =>
        from prompts in Prose().ArrayOf(count)
        from dice in Gen.Choose(0, int.MaxValue - 1).ArrayOf(count)
        select prompts.Select((prompt, i) => Task(i, prompt, dice[i])).ToArray();

    private static PlanTask Task(int i, string prompt, int dice) => new(
        $"t{i}", $"Title {i} of: #{dice}", prompt, [.. Enumerable.Range(0, i).Where(n => (dice >> n & 3) == 0).Select(n => $"t{n}")], [], (dice & 1) == 0 ? null : "always()",
        (dice & 2) == 0 ? "coder" : "yes", (dice & 4) == 0 ? null : "1.0", TimeSpan.FromSeconds(1 + (dice % 600_000)), (dice & 8) == 0 ? null : (dice % 1000 + 1) / 100m,
        dice % 10, (dice & 16) == 0 ? [] : ["no", "a b/**", "*.cs"], (dice & 32) == 0 ? [] : ["012"], (dice & 64) == 0 ? Unsaid(Session(dice >> 3)) : TaskWorkspace.Directory,
        Session(dice >> 3).Isolation == IsolationLevel.SharedContext || (dice & 128) != 0,
        (dice & 256) == 0 ? null : "plan", (dice & 512) == 0 ? Approval.Merge : Approval.Never,
        (dice & 1024) == 0 ? null : JsonElement.Parse("""{"type":"object","properties":{"n":{"type":"integer","enum":[1,2]},"s":{"type":"string","const":"no"}}}"""),
        (dice & 2048) == 0 ? [] : [new MatrixAxis("m", ["no", "8.0", "~", "a: b"], null)], (dice & 4096) != 0, (dice & 8192) == 0 ? [] : ["make setup"], (dice & 16384) == 0 ? [] : ["true", "x: 'y'"],
        (dice & 32768) == 0 ? null : 5, (dice & 65536) == 0, NoAnswer.Wait)
    {
        Session = Session(dice >> 3),
    };

    // Who shares the run's findings works in the project folder where nothing else is said.
    private static TaskWorkspace? Unsaid(SessionSettings session) => session.Isolation == IsolationLevel.SharedContext ? TaskWorkspace.Current : null;

    // What contradicts itself is refused, and another test's matter.
    private static SessionSettings Session(int dice) => (dice & 1) == 0
        ? SessionSettings.Standard
        : new SessionSettings(
            null, (IsolationLevel)(1 + (dice / 2 % 2)), ContextPreservation.Session, (Communication)(dice / 4 % 2), (TimeoutHandling)(dice / 8 % 3),
            (dice & 64) == 0, (dice & 128) == 0 ? null : 20_000 + (dice % 1_000_000), ExecutionMode.Isolated, (dice & 256) == 0 ? null : "src/a b");

    // Everything YAML, JSON and templates could stumble over; templates are escaped, so that any text is a prompt.
    private static Gen<string> Prose() =>
        Gen.Elements("a", " ", "\n", "\n\n  ", ": ", "#", "'", "\"", "\\", "- ", "{", "}", "$", "${{", "ä", "😀", "\t", "~", "no", "0", "|", ">", "%", "@", "`", "&x", "*x", "!t", "\u2028", "\u0001")
            .ArrayOf().Select(parts => Cloister.Plans.Expressions.Template.Literal("x" + string.Concat(parts)));

    private static Gen<int> Some(Gen<int> gen) => gen;

    private static string Json(Plan plan) => JsonSerializer.Serialize(Tree(plan));

    // Every text in double quotes: JSON's escapes are YAML's too.
    private static string Yaml(Plan plan)
    {
        using var writer = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        Write(writer, JsonSerializer.SerializeToElement(Tree(plan)), 0);
        return writer.ToString();
    }

    private static void Write(TextWriter writer, JsonElement map, int indent)
    {
        foreach (var property in map.EnumerateObject())
        {
            writer.Write(new string(' ', indent) + property.Name + ":");
            if (property.Value.ValueKind == JsonValueKind.Object && indent < 6)
            {
                writer.WriteLine();
                Write(writer, property.Value, indent + 2);
            }
            else
                writer.WriteLine(" " + property.Value.GetRawText());
        }
    }

    private static Dictionary<string, object> Tree(Plan plan) => Compact(
        ("version", plan.Version), ("name", plan.Name), ("goal", plan.Goal), ("concurrency", plan.Concurrency), ("budget", plan.BudgetUsd),
        ("tasks", plan.Tasks.ToDictionary(t => t.Id, Tree, StringComparer.Ordinal)),
        ("merge", Compact(("into", plan.Merge.Into), ("mode", plan.Merge.Mode), ("strategy", plan.Merge.Strategy), ("onConflict", plan.Merge.OnConflict))));

    private static Dictionary<string, object> Tree(PlanTask task) => Compact(
        ("title", task.Title), ("prompt", task.Prompt), ("needs", task.Needs), ("if", task.If), ("agent", task.Agent), ("model", task.Model),
        ("timeout", DurationShape.Text(task.Timeout)), ("budget", task.BudgetUsd), ("retries", task.Retries), ("files", task.Files), ("context", task.Context),
        ("workspace", task.Workspace), ("allowWrites", task.AllowWrites), ("permissionMode", task.PermissionMode), ("approve", task.Approve), ("result", task.Result),
        ("matrix", task.Matrix.Count == 0 ? null : task.Matrix.ToDictionary(m => m.Name, m => m.Values, StringComparer.Ordinal)), ("continueOnError", task.ContinueOnError),
        ("setup", task.Setup), ("checks", task.Checks), ("maxTurns", task.MaxTurns), ("instructions", task.Instructions), ("onNoAnswer", task.OnNoAnswer),
        ("isolation", task.Session.Isolation), ("communication", task.Session.Communication), ("onTimeout", task.Session.OnTimeout),
        ("autoRecovery", task.Session.AutoRecovery), ("contextLimit", task.Session.ContextLimit), ("mode", task.Session.Mode), ("folder", task.Session.Folder));

    private static Dictionary<string, object> Compact(params (string Name, object? Value)[] entries) =>
        entries.Where(e => e.Value is not null).ToDictionary(e => e.Name, e => e.Value!, StringComparer.Ordinal);
}
